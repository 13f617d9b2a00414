"""What inventory does: opens and changes stock, chooses seats."""

from arenapulse.inventory.service.stocking import (
    change_stock,
    close_stock,
    lock_stock,
    open_stock,
)

__all__ = ["change_stock", "close_stock", "lock_stock", "open_stock"]
