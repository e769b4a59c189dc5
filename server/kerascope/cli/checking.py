"""One file of ``kerascope check``, in this process or in one of its own: read, analysed, fixed, never written."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kerascope.engine.analysis import Analysis
from kerascope.engine.digests import digest
from kerascope.engine.fixing import fix_text
from kerascope.engine.options import Options
from kerascope.engine.reading import Unreadable, decode, read_data, source_from
from kerascope.engine.workspace import Evidence, Workspace
from kerascope.findings import Finding, Severity
from kerascope.report.checked import Checked
from kerascope.text.lines import LINE_END
from kerascope.text.notebook import lines_in_file
from kerascope.text.source import Source, Span

SYNTAX_ERROR = "KX001"


@dataclass(frozen=True, slots=True)
class Job:
    """One file to check, with all that a process of its own needs to know; ``content`` is what standard input held."""

    path: str
    options: Options
    fix: bool = False
    unsafe: bool = False
    diff: bool = False
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file, or the reason why nothing did.

    ``change`` is what it held and what it is to hold, if that is something else; ``diff`` is the way from one to the
    other where that was asked for. ``content`` is a digest of what it held and ``evidence`` what else the answer rests
    on, for whoever keeps it.
    """

    path: str
    checked: Checked | None = None
    problem: str | None = None
    fixed: int = 0
    change: tuple[bytes, bytes] | None = None
    diff: bytes = b""
    is_standard_input: bool = False
    content: str | None = None
    evidence: Evidence | None = None


_workspace: Workspace | None = None


def check_in_process(job: Job) -> Outcome:
    """Checks a file in a process of its own, which keeps its memory from one file to the next."""
    global _workspace
    if _workspace is None:
        _workspace = Workspace()
    return check(job, _workspace)


def died(job: Job) -> Outcome:
    """What is said of the file that a process was at when it ended."""
    return Outcome(job.path, problem="the process that checked it was ended by the system")


def check(job: Job, workspace: Workspace) -> Outcome:
    """Checks one file. Never raises: what cannot be read, or what we fail at, costs no other file anything."""
    return guarded(job, lambda: _check(job, workspace))


def guarded(job: Job, work: Callable[[], Outcome]) -> Outcome:
    """What ``work`` makes of one file, or why it makes nothing of it."""
    try:
        with warnings.catch_warnings():
            # Python's parser, asked about a literal, warns of `"\\d"` in it, which is not for us to say.
            warnings.simplefilter("ignore")
            return work()
    except Unreadable as error:
        return Outcome(job.path, problem=str(error))
    except Exception as error:
        reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return Outcome(job.path, problem=f"Kerascope failed at it ({reason}), which is a fault of its own")


def _check(job: Job, workspace: Workspace) -> Outcome:
    path = Path(job.path)
    is_notebook = path.suffix == ".ipynb"
    data = job.content if job.content is not None else read_data(path)
    content = decode(data, notebook=is_notebook)

    def analyse(source: Source) -> Analysis:
        return workspace.analyse(source, job.options)

    if not (job.fix or job.diff):
        analysis = analyse(source_from(job.path, content.text))
        return Outcome(
            job.path,
            checked_of(job, analysis, content.text, workspace),
            problem=_failure(analysis),
            content=digest(data),
            evidence=workspace.evidence(job.path),
        )
    fixed = fix_text(job.path, content.text, analyse, unsafe=job.unsafe)
    after = data
    if fixed.text != content.text:
        if content.encoded(content.text) != data:  # an encoding that has two ways to write the same
            raise Unreadable(f"it cannot be fixed: {content.encoding} gives other bytes for its text")
        try:
            after = content.encoded(fixed.text)
        except UnicodeError:
            lacking = f"{content.encoding} lacks a character that a fix needs"
            raise Unreadable(f"it cannot be fixed: {lacking}") from None
    # Nothing is changed for a diff: what is said of the file is said of it as it stands.
    shown, text = (fixed.before, content.text) if job.diff else (fixed.analysis, fixed.text)
    return Outcome(
        job.path,
        checked_of(job, shown, text, workspace),
        _failure(shown),
        fixed.made,
        change=(data, after) if after != data or job.content is not None else None,
        diff=_diff(job.path, data, after) if job.diff and after != data else b"",
        is_standard_input=job.content is not None,
    )


def _failure(analysis: Analysis) -> str | None:
    """Why a file that could be read has no findings, if it is we who failed."""
    if analysis.interpretation is None:
        return "Kerascope failed at it, which is a fault of its own: its models were not checked"
    return None


def checked_of(job: Job, analysis: Analysis, text: str, workspace: Workspace) -> Checked:
    """What is kept of an analysis, whose trees are large and of no use to whoever prints the findings."""
    findings = _with_syntax_faults(analysis, job.options)
    others = {related.path for finding in findings for related in finding.related if related.path is not None}
    sources = {path: workspace.source_of(path) for path in others}
    return Checked(
        job.path,
        analysis.source,
        analysis.version.text,
        findings,
        lines_in_file(text) if findings and analysis.source.cells else {},
        {path: source for path, source in sources.items() if source is not None},
    )


def _with_syntax_faults(analysis: Analysis, options: Options) -> tuple[Finding, ...]:
    """Findings, and what does not parse: said on the command line only, for an editor has a parser of its own."""
    suppressed = analysis.parsed.suppressions
    if not options.reports(SYNTAX_ERROR) or any(map(SYNTAX_ERROR.startswith, suppressed.whole_file)):
        return analysis.findings
    text = analysis.source.text
    faults = []
    for fault in analysis.parsed.faults:
        end = LINE_END.search(text, fault.offset)
        stop = end.start() if end is not None else len(text)
        line = text[fault.offset : stop]
        start = fault.offset + len(line) - len(line.lstrip())
        if any(
            fault.offset <= offset <= stop and any(map(SYNTAX_ERROR.startswith, codes))
            for offset, codes in suppressed.at.items()
        ):
            continue
        faults.append(
            Finding(
                SYNTAX_ERROR,
                "syntax-error",
                Severity.WARNING,
                "definite",
                f"This does not parse: {fault.message}. The rest of the file was checked.",
                Span(start, max(start, fault.offset + len(line.rstrip()))),
            )
        )
    return tuple(sorted((*analysis.findings, *faults), key=lambda finding: finding.span))


def _diff(path: str, before: bytes, after: bytes) -> bytes:
    """The way from one to the other as ``patch`` takes it: in the file's own encoding, its line ends as they are."""
    import difflib  # imported for --diff alone

    name = path.encode("utf-8", "surrogateescape")
    if b" " in name:
        name += b"\t"  # which ends a name that holds a space
    old, new = (re.findall(rb"[^\n]*\n|[^\n]+", data) for data in (before, after))
    written: list[bytes] = []
    for line in difflib.diff_bytes(difflib.unified_diff, old, new, name, name):
        written.append(line)
        if not line.endswith(b"\n"):
            written.append(b"\n\\ No newline at end of file\n")
    return b"".join(written)
