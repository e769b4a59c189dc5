"""How VS Code is to look in a picture: the editor, and nothing that is not the product."""

from __future__ import annotations

LOOKS = {
    "breadcrumbs.enabled": False,
    "editor.fontFamily": "JetBrains Mono",
    "editor.fontSize": 14,
    "editor.guides.indentation": False,
    "editor.inlayHints.fontSize": 12,
    "editor.lineHeight": 1.5,
    "editor.minimap.enabled": False,
    "editor.occurrencesHighlight": "off",
    "editor.overviewRulerBorder": False,
    "editor.renderLineHighlight": "none",
    "editor.scrollBeyondLastLine": False,
    "editor.selectionHighlight": False,
    "notebook.cellToolbarLocation": {"default": "hidden"},
    "notebook.globalToolbar": False,
    "notebook.showCellStatusBar": "hidden",
    "window.commandCenter": False,
    "window.menuBarVisibility": "hidden",
    "workbench.activityBar.location": "hidden",
    "workbench.colorTheme": "Default Dark Modern",
    "workbench.editor.editorActionsLocation": "hidden",
    "workbench.layoutControl.enabled": False,
    "workbench.navigationControl.enabled": False,
    "workbench.sideBar.location": "left",
}
