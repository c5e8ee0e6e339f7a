from __future__ import annotations

from pathlib import Path

from netscope.config.settings import load_settings


def test_the_command_line_beats_the_file_and_the_file_the_default(tmp_path: Path) -> None:
    path = tmp_path / "netscope.toml"
    path.write_text('[capture]\ninterfaces = ["eth0"]\nmax_flows = 2000\n')
    settings = load_settings(path, {("capture", "max_flows"): 3000})
    assert (settings.path, settings.config.capture.interfaces, settings.config.capture.max_flows) == (
        path,
        ("eth0",),
        3000,
    )
    origins = {value.place: value.origin for value in settings.values()}
    assert origins[("capture", "interfaces")] == "file"
    assert origins[("capture", "max_flows")] == "command line"
    assert origins[("capture", "promiscuous")] == "default"
    assert origins[("data", "source")] == "default"
