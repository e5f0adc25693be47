"""The fences' keys in the app-config table."""

DEFAULT_FENCES = 64  # state records of early versions do not say how many there are
FENCE_COUNTS = [2**power for power in range(11)]  # the values of the template's parameter


def fence_id(app_id: str, number: int) -> str:
    """``<AppId>#fence#00`` and on, in hexadecimal."""
    return f"{app_id}#fence#{number:02x}"
