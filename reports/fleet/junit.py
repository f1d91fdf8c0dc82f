"""The fleet as JUnit XML: one suite, a case a cluster, red where the cluster is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree

from reports.fleet.standing import Fleet, Standing
from reports.history.words import count, duration, shown, when


def render(fleet: Fleet) -> bytes:
    """Render it as UTF-8 XML, as Jenkins' xunit 2 schema wants it."""
    cases = list(_cases(fleet))
    numbers = {
        "tests": len(cases),
        "failures": sum(case.find("failure") is not None for case in cases),
        "errors": sum(case.find("error") is not None for case in cases),
    }
    counts = {name: str(number) for name, number in numbers.items()}
    root = ElementTree.Element("testsuites", {"name": "restore-drills", **counts, "time": "0.000"})
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        {
            "name": "fleet",
            **counts,
            "skipped": str(sum(case.find("skipped") is not None for case in cases)),
            "time": "0.000",
            "timestamp": fleet.now.isoformat(timespec="seconds"),
        },
    )
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in (
        ("verdict", fleet.verdict),
        ("within", duration(fleet.within.total_seconds())),
    ):
        ElementTree.SubElement(properties, "property", {"name": name, "value": value})
    suite.extend(cases)
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _cases(fleet: Fleet) -> Iterator[ElementTree.Element]:
    for standing in fleet.standings:
        yield _cluster(standing)
    for name, told in fleet.unknown.items():
        case = _case("fleet.unknown", name)
        ElementTree.SubElement(case, "skipped", {"message": f"not expected: {shown(told)}"})
        yield case
    if fleet.lost:
        case = _case("fleet", "journals that cannot be read")
        message = f"{count(len(fleet.lost), 'journal')}, and nobody knows whose"
        _said(case, "error", message, [*fleet.lost, *fleet.unread])
        yield case
    elif fleet.unread:
        case = _case("fleet", "journals that were not read")
        _said(case, "skipped", count(len(fleet.unread), "journal"), fleet.unread)
        yield case


def _cluster(standing: Standing) -> ElementTree.Element:
    case = _case("fleet", standing.cluster)
    told = [
        *(f"{one.drill}: {one.verdict_in_full}, {when(one.began)}" for one in standing.newest),
        f"last success: {when(standing.success)}",
        *standing.told,
    ]
    if standing.is_red:
        _said(case, "failure", standing.red[0], [*standing.red, *told])
    else:
        ElementTree.SubElement(case, "system-out").text = _text(told)
    return case


def _case(group: str, name: str) -> ElementTree.Element:
    names = {"classname": group, "name": shown(name), "time": "0.000"}
    return ElementTree.Element("testcase", names)


def _said(case: ElementTree.Element, tag: str, message: str, lines: Sequence[str]) -> None:
    ElementTree.SubElement(case, tag, {"message": shown(message)}).text = _text(lines)


def _text(lines: Sequence[str]) -> str:
    return "\n".join(shown(line) for line in lines)
