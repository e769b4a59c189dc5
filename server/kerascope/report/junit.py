"""Findings as a JUnit report: a test case per finding, for the many programs that show test results."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from kerascope.findings import Finding
from kerascope.report.checked import Checked, Problem
from kerascope.report.places import Places

# What XML 1.0 cannot hold, not even escaped.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _xml(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)


def junit_text(files: Sequence[Checked], problems: Sequence[Problem]) -> str:
    """A suite per file. A file without findings is one test that passed; what could not be checked is an error."""
    root = ElementTree.Element("testsuites", name="kerascope")
    tests = failures = 0
    for checked in files:
        suite = ElementTree.SubElement(root, "testsuite", name=_xml(checked.path))
        places = checked.places
        for finding in checked.findings:
            _failed(suite, checked, places, finding)
        if not checked.findings:
            ElementTree.SubElement(suite, "testcase", name="kerascope", classname=_xml(checked.path))
        count = max(1, len(checked.findings))
        suite.attrib.update(tests=str(count), failures=str(len(checked.findings)), errors="0")
        tests, failures = tests + count, failures + len(checked.findings)
    for problem in problems:
        suite = ElementTree.SubElement(
            root, "testsuite", name=_xml(problem.path), tests="1", failures="0", errors="1"
        )
        case = ElementTree.SubElement(suite, "testcase", name="kerascope", classname=_xml(problem.path))
        ElementTree.SubElement(case, "error", message=_xml(problem.reason))
    counts = {"tests": tests + len(problems), "failures": failures, "errors": len(problems)}
    root.attrib.update({name: str(count) for name, count in counts.items()})
    ElementTree.indent(root, " ")
    # Other characters are written as references, so that the document is right in any encoding.
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root).decode("ascii") + "\n"


def _failed(suite: ElementTree.Element, checked: Checked, places: Places, finding: Finding) -> None:
    place = places.place(finding.span)
    cell = f"cell {place.cell}:" if place.cell is not None else ""
    where = f"{cell}{place.start[0]}:{place.start[1]}"
    case = ElementTree.SubElement(
        suite,
        "testcase",
        name=f"{finding.code} {finding.name} ({where})",
        classname=_xml(checked.path),
        file=_xml(checked.path),
        line=str(place.start[0]),
    )
    failure = ElementTree.SubElement(
        case, "failure", type=finding.severity.value, message=_xml(finding.message)
    )
    failure.text = _xml(f"{checked.path}:{where}: {finding.severity.value} {finding.code}: {finding.message}")
