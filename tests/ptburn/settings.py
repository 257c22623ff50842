"""PTSETUP.INI: read once, when the service starts."""
import re
from jobfile import text_of

SECTION = "[PTBurn_Settings]"
DEFAULTS = {"RecordEngineLog": "FALSE", "LogLevel": "4", "LowPriority_Time": "120", "Status_Time": "60",
            "Rejects_InARow": "3", "CompleteAllCopies": "TRUE", "JobActionOnStartup": "Retry",
            "NotifyAdmin": "Disabled", "AdminComputer": "ADMIN", "DisablePowerButton": "TRUE", "BinConfiguration": "0",
            "DriveDelay": "2", "TempPath": "", "TempSize": "16", "PrintFirst": "False", "CoverOpenWait": "30",
            "SingleRobotOnly": "FALSE", "AutoSwitchRobot": "FALSE", "LocalPath": "c:\\PTBurnJobs\\",
            "SharedFolderName": "PTBurnJobs", "SharedFolderRemark": "PTBurnJobs Shared Folder",
            "StatusFrequency": "2000", "DrivesToUse": "0", "KioskMode": "0", "LightState": "0"}
RANGES = {"LogLevel": (0, 5), "LowPriority_Time": (0, 100000), "Status_Time": (0, 100000), "Rejects_InARow": (1, 1000),
          "BinConfiguration": (0, 2), "DriveDelay": (0, 60), "TempSize": (0, 256), "CoverOpenWait": (0, 3600),
          "StatusFrequency": (0, 3600000), "DrivesToUse": (0, 2), "KioskMode": (0, 2), "LightState": (0, 2)}
ACTIONS = {"Kill", "Retry", "KillAllIncludingJRQ"}


class Settings:
    def __init__(self, values):
        unknown = sorted(set(values) - set(DEFAULTS))
        if unknown:
            raise ValueError(f"PTSETUP.INI has no key {unknown[0]}")
        self.values = {**DEFAULTS, **values}
        for key, (low, high) in RANGES.items():
            if not re.fullmatch(r"[0-9]{1,9}", self.values[key]) or not low <= int(self.values[key]) <= high:
                raise ValueError(f"{key} is not {low} to {high}")
        if self.values["JobActionOnStartup"] not in ACTIONS:
            raise ValueError("JobActionOnStartup has an unknown value")

    def text(self, key):
        return self.values[key]

    def number(self, key):
        return int(self.values[key])

    def true(self, key):
        return self.values[key].upper() == "TRUE"

    def status_seconds(self):
        return max(1000, self.number("StatusFrequency")) / 1000  # never faster than once a second


def read(path, unicode):
    """The settings of a file in the encoding of this build; of no file, the defaults."""
    if not path.exists():
        return Settings({})
    values, section = {}, None
    for line in text_of(path.read_bytes(), unicode, lambda *_: None).split("\r\n"):
        line = line.split(";")[0].strip()
        if line.startswith("["):
            section = line
        elif line and section == SECTION:
            key, _, value = line.partition("=")
            values[key.strip()] = value.strip()
    return Settings(values)
