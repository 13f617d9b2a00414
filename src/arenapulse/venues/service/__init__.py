"""What people do with venues and their charts."""

from arenapulse.venues.service.charting import (
    add_document,
    chart_document,
    checked,
    drawn_chart,
    import_chart,
    import_rows,
    make_current,
    page_charts,
    require_manager,
    require_to_change,
    row_list,
    use_chart,
)
from arenapulse.venues.service.managing import change, create, delete, detail
from arenapulse.venues.service.picturing import announce_picture, complete_picture, delete_picture

__all__ = [
    "add_document",
    "announce_picture",
    "change",
    "chart_document",
    "checked",
    "complete_picture",
    "create",
    "delete",
    "delete_picture",
    "detail",
    "drawn_chart",
    "import_chart",
    "import_rows",
    "make_current",
    "page_charts",
    "require_manager",
    "require_to_change",
    "row_list",
    "use_chart",
]
