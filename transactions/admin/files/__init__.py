"""Files in and out: the pages that take rows from a file, and give them as one."""

from django.urls import path

from transactions.admin.files.exporting import ExportView
from transactions.admin.files.uploading import ImportView, TemplateView


def file_pages(page):
    """The addresses of these pages, below the page of transactions."""

    def closed(view):
        return page.admin_site.admin_view(view.as_view(page=page))

    return [
        path("import/", closed(ImportView), name="transactions_transaction_import"),
        path(
            "import/template/<str:kind>.csv",
            closed(TemplateView),
            name="transactions_transaction_import_template",
        ),
        path("export/", closed(ExportView), name="transactions_transaction_export"),
    ]


__all__ = ["file_pages"]
