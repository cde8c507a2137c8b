"""Makes face databases: `python -m builder`. Uses the plugin's faces and facedb only."""

import sys
from pathlib import Path

# In a plain checkout the plugin's package lies beside this one, not installed.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "plugin" / "py"))
