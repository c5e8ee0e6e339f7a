// Hands gcc's trace-pc coverage to libFuzzer, which wants clang's 8-bit counters. Linked into each sanitized
// module, whose calls of __sanitizer_cov_trace_pc are renamed to count_trace_pc.
#include <stdint.h>

enum { COUNTERS = 1 << 14 };

static uint8_t counters[COUNTERS];

void __sanitizer_cov_8bit_counters_init(uint8_t *start, uint8_t *stop);

__attribute__((visibility("hidden"))) void count_trace_pc(void) {
    uintptr_t pc = (uintptr_t)__builtin_return_address(0);
    counters[((uint32_t)pc * 2654435761u >> 8) & (COUNTERS - 1)]++;
}

// gcc reports comparisons of floating-point numbers too; libFuzzer has no use for them.
__attribute__((visibility("hidden"))) void __sanitizer_cov_trace_cmpf(float a, float b) { (void)a, (void)b; }
__attribute__((visibility("hidden"))) void __sanitizer_cov_trace_cmpd(double a, double b) { (void)a, (void)b; }

__attribute__((constructor)) static void announce(void) {
    __sanitizer_cov_8bit_counters_init(counters, counters + COUNTERS);
}
