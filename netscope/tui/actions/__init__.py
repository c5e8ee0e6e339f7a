"""What commands do: functions of the screen they were called on, by subject. The table is in commands.py."""
