#!/usr/bin/env python3
"""conversions.py JUDGES [--facteur BINARY] [--to ubl,cii,edifact-d01b,json] [--json FILE] [--profiles] [--keep FOLDER] > docs/conversions.md

A matrix of `facteur convert` over a corpus of other people's invoices: every syntax into every other, and back. JUDGES is a folder with
`oracle/` (judge.py) and `corpus/`; both stay outside this repository, and without them this tool says so and ends with 2. Run it with the Python that
`JUDGES/oracle/setup` installs. Counted of each cell: what was refused, what came over whole, what lost something and why, what is the same after there and
back (`facteur diff`), and what the official artefacts say of each UBL and CII document that was written, before and after, beside facteur's own verdict.
`--profiles` adds Factur-X XML in each of its profiles. A target that the binary does not know is left out, and told. Exit status: 0 all as expected,
1 a document differs after there and back, a verdict disagrees, or a document of before-valid is no longer valid (each is listed); 2 it could not run.
"""
import argparse
import collections
import io
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile

DAY = "2026-11-22"
HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# The sources: their name, and the folders of the corpus with the endings of what is an invoice there.
SOURCES = {
    "ubl": [("ubl-invoice", ".xml"), ("ubl-creditnote", ".xml")],
    "cii": [("cii", ".xml"), ("facturx-pdf", ".pdf")],
    "edifact": [("edifact", ".edi")],
}
NAMES = {"ubl": "UBL", "cii": "CII (XML, PDF)", "edifact": "EDIFACT", "json": "JSON", "edifact-d96a": "EDIFACT D96A", "edifact-d01b": "EDIFACT D01B"}
BACK = {"ubl": "ubl", "cii": "cii", "edifact": "edifact-d01b", "json": "json"}
PROFILES = ["minimum", "basic-wl", "basic", "en16931", "extended"]
BATCH = 100


def ranked(counted, most=None):
    """The most frequent first, those as frequent by name: the same at each run."""
    return dict(sorted(counted.items(), key=lambda one: (-one[1], str(one[0])))[:most])


class Doc:
    """A source document: what it is called, where it lies, whence it came."""

    def __init__(self, name, path, origin=None):
        self.name, self.path, self.origin = name, path, origin or path


def documents(corpus, folder):
    """The sources by syntax, each under a name of its own, so that results can lie beside one another."""
    found = {}
    for syntax, places in SOURCES.items():
        os.makedirs(f"{folder}/from/{syntax}")
        found[syntax] = []
        for place, ending in places:
            for name in sorted(os.listdir(f"{corpus}/{place}")):
                if not name.endswith(ending):
                    continue
                stem = f"{len(found[syntax]):04}-{name}"
                os.symlink(os.path.abspath(f"{corpus}/{place}/{name}"), f"{folder}/from/{syntax}/{stem}")
                found[syntax].append(Doc(f"{place}/{name}", f"{folder}/from/{syntax}/{stem}"))
    return found


def targets_known(binary, wanted):
    """Those that the binary writes, and those that it does not know."""
    run = subprocess.run([binary, "convert", "--to", "nothing", "x"], capture_output=True, text=True)
    listed = run.stderr.split("possible values:", 1)[-1].split("]", 1)[0]
    known = {word.strip() for word in listed.split(",")}
    return [t for t in wanted if t in known], [t for t in wanted if t not in known]


def convert(binary, paths, to, out, more=()):
    """The reports (`facteur-convert/1`) of what was read, by path of the source; why the others were refused."""
    reports, refused = {}, {}
    os.makedirs(out, exist_ok=True)
    for start in range(0, len(paths), BATCH):
        batch = paths[start:start + BATCH]
        run = subprocess.run([binary, "--lang", "en", "convert", "--to", to, "--format", "json", "--force", "-o", out + "/", *more, *batch], capture_output=True, text=True)
        last = None
        for line in run.stderr.splitlines():
            if line.startswith('{"schema":"facteur-convert/1"'):
                row = json.loads(line)
                reports[row["file"]] = row
            elif not line.startswith((" ", "facteur: ")) and ": NOT JUDGED" in line:
                last = line.split(": NOT JUDGED", 1)[0]
                refused[last] = "?"
            elif last and refused[last] == "?" and line.strip().startswith(("warning", "fatal")):
                refused[last] = line.split()[1]
    return reports, refused


def diff(job):
    """Two documents: are they the same as invoices; are they but for terms that were told as lost; the first difference."""
    binary, a, b, lost = job
    run = lambda more: subprocess.run([binary, "diff", "--format", "json", "--ignore", "other", *more, a, b], capture_output=True, text=True)
    whole = run([])
    if whole.returncode == 0:
        return True, True, None
    if whole.returncode != 1:
        return False, False, "not read: " + whole.stderr.strip().splitlines()[0][:120] if whole.stderr.strip() else "not read"
    rest = run(["--ignore", ",".join(sorted(lost))]) if lost else whole
    if rest.returncode == 0:
        return False, True, None
    first = json.loads(rest.stdout)["differences"][:1]
    return False, False, ", ".join(f"{d['change']} {d['term']} {(d['a'] or {}).get('value')!s:.40} | {(d['b'] or {}).get('value')!s:.40}" for d in first)


JUDGE, SCHEMAS = None, {}


def official(job):
    """What the official artefacts say of a document: `valid`, `invalid` with the fatal ids, `stopped`; of a PDF, of what is in it."""
    path, packs = job
    global JUDGE
    from judge import Judge, packs_of
    from lxml import etree
    JUDGE = JUDGE or Judge()
    data = open(path, "rb").read()
    if data.startswith(b"%PDF"):
        try:
            import logging
            logging.disable(logging.CRITICAL)
            from facturx import get_xml_from_pdf
            data = get_xml_from_pdf(data, check_xsd=False)[1]
        except Exception:
            return "none", []
    try:
        errors = JUDGE.schema(data)
        if packs.startswith("facturx-") and not errors:
            errors = profile_schema(packs).validate(etree.parse(io.BytesIO(data))) is False and [{"id": "XSD"}] or []
        if errors:
            return "invalid", sorted({e["id"] for e in errors})
        fired = [f for pack in packs_of(packs, data) for f in JUDGE.rules(pack, data)]
    except Exception:
        return "stopped", []
    fatal = {f["id"] for f in fired if f["id"] and f["flag"] not in ("warning", "information", "info")}
    return ("invalid", sorted(fatal)) if fatal else ("valid", [])


def profile_schema(pack):
    if pack not in SCHEMAS:
        import glob
        import judge
        from lxml import etree
        own = [p for p in glob.glob(f"{judge.HOME}/xsd/{pack}/*.xsd") if "urn_un" not in p]
        SCHEMAS[pack] = etree.XMLSchema(etree.parse(own[0]))
    return SCHEMAS[pack]


def verdicts(binary, paths, rules):
    """facteur's verdict and fatal ids, by path."""
    found = {}
    for start in range(0, len(paths), BATCH):
        run = subprocess.run([binary, "validate", "--rules", rules, "--date", DAY, "--format", "json", *paths[start:start + BATCH]], capture_output=True, text=True)
        for line in run.stdout.splitlines():
            row = json.loads(line)
            found[row["file"]] = (row["verdict"], sorted({f["rule"] for f in row["findings"] if f["severity"] == "fatal"}))
    return found


class Matrix:
    def __init__(self, binary, pool, folder):
        self.binary, self.pool, self.folder = binary, pool, folder
        self.cells, self.wrong, self.before = {}, [], {}
        self.refusals = collections.defaultdict(dict)

    def judged_before(self, syntax, docs):
        """Is each source valid by EN 16931: by the official artefacts where they read it, else by facteur."""
        own = verdicts(self.binary, [d.origin for d in docs], "en16931")
        told = {}
        if syntax in ("ubl", "cii"):
            told = dict(zip([d.path for d in docs], self.pool.map(official, [(d.path, "auto") for d in docs], chunksize=4)))
        for d in docs:
            verdict, ids = told.get(d.path) or own.get(d.origin, ("not-judged", []))
            self.before[d.path] = verdict

    def cell(self, syntax, to, docs, can_return):
        out = f"{self.folder}/{syntax}-{to}"
        reports, refused = convert(self.binary, [d.path for d in docs], to, out)
        cell = collections.Counter(documents=len(docs))
        reasons, terms = collections.Counter(), collections.Counter()
        written = [(d, reports[d.path]) for d in docs if d.path in reports and reports[d.path]["written"]]
        for d in docs:
            if d.path not in reports:
                # A file of several invoices is written as so many documents, which have no document of their own to be held against.
                several = d.path + "#1" in reports
                self.refusals[syntax][d.name] = "several invoices" if several else refused.get(d.path, "?")
        cell["read"], cell["refused"] = len(written), len(docs) - len(written)
        for d, report in written:
            lost = [l for l in report["losses"] if l["term"]]
            cell["whole" if not report["losses"] else "terms" if lost else "outside"] += 1
            reasons.update({l["reason"] for l in report["losses"]})
            terms.update({l["term"] or "–" for l in report["losses"]})
        self.there_and_back(cell, syntax, to, written, out, can_return)
        if to in ("ubl", "cii"):
            self.judged_after(cell, syntax, to, written)
        self.cells[syntax, to] = dict(cell, reasons=ranked(reasons), lost=ranked(terms, 12))
        print(f"{syntax} → {to}: {dict(cell)}", file=sys.stderr, flush=True)

    def there_and_back(self, cell, syntax, to, written, out, can_return):
        back = BACK[syntax]
        if back not in can_return:
            cell["no way back"] = 1
            return
        again, _ = convert(self.binary, [r["written"] for _, r in written], back, f"{out}-{back}")
        jobs, names = [], []
        # `facteur diff` reads no JSON: what came back is held, as CII, against the document that the source was made of.
        readable = {}
        if syntax == "json":
            made, _ = convert(self.binary, [r["written"] for r in again.values() if r["written"]], "cii", f"{out}-{back}-cii")
            readable = {path: row["written"] for path, row in made.items() if row["written"]}
        for d, report in written:
            returned = again.get(report["written"])
            if not returned or not returned["written"]:
                cell["back"] += 1
                self.wrong.append((syntax, to, d.name, "there, and not back"))
                continue
            told = report["losses"] + report.get("changes", []) + returned["losses"] + returned.get("changes", [])
            lost = {l["term"] for l in told if l["term"]}
            cell["back"] += 1
            jobs.append((self.binary, d.origin, readable.get(returned["written"], returned["written"]), lost))
            names.append(d.name)
        for name, (same, but, first) in zip(names, self.pool.map(diff, jobs, chunksize=8)):
            cell["same"] += same
            cell["same but for losses"] += but
            if not but:
                self.wrong.append((syntax, to, name, f"back otherwise: {first}"))

    def judged_after(self, cell, syntax, to, written):
        paths = [r["written"] for _, r in written]
        own = verdicts(self.binary, paths, "en16931")
        for (d, report), (verdict, ids) in zip(written, self.pool.map(official, [(p, "auto") for p in paths], chunksize=4)):
            mine, my_ids = own.get(report["written"], ("none", []))
            agree = verdict == mine or verdict == "stopped" and mine != "valid"
            cell["judged"] += 1
            cell["agree"] += agree
            if not agree:
                self.wrong.append((syntax, to, d.name, f"official {verdict} {ids[:3]}, facteur {mine} {my_ids[:3]}"))
            if self.before.get(d.path) == "valid":
                cell["valid before"] += 1
                cell["valid after"] += verdict == "valid"
                if verdict != "valid":
                    why = "a term was lost" if any(l["term"] for l in report["losses"]) else "every term carried"
                    self.wrong.append((syntax, to, d.name, f"valid before, then {verdict}: {', '.join(ids[:4])} ({why})"))

    def profile(self, profile, docs):
        """Factur-X XML of everything that is valid by the norm."""
        pack = "facturx-" + profile.replace("-", "")
        out = f"{self.folder}/{pack}"
        reports, _ = convert(self.binary, [d.path for d in docs], "facturx", out, ["--profile", profile])
        paths = [r["written"] for r in reports.values() if r["written"]]
        own = verdicts(self.binary, paths, pack)
        cell = collections.Counter(documents=len(docs), written=len(paths))
        names = {d.path: d.name for d in docs}
        lost = collections.Counter()
        for report in reports.values():
            cell["whole" if not report["losses"] else "lossy"] += 1
            lost.update({l["term"] for l in report["losses"] if l["term"]})
        rows = [r for r in reports.values() if r["written"]]
        for report, (verdict, ids) in zip(rows, self.pool.map(official, [(r["written"], pack) for r in rows], chunksize=4)):
            mine, my_ids = own.get(report["written"], ("none", []))
            cell["valid"] += verdict == "valid"
            cell["agree"] += verdict == mine or verdict == "stopped" and mine != "valid"
            if verdict != "valid" or mine != verdict:
                self.wrong.append(("valid", f"facturx {profile}", names[report["file"]], f"official {verdict} {ids[:3]}, facteur {mine} {my_ids[:4]}"))
        self.cells["valid", profile] = dict(cell, lost=ranked(lost, 12))
        print(f"facturx {profile}: {dict(cell)}", file=sys.stderr, flush=True)


def table(head, rows):
    return "\n".join([f"| {' | '.join(head)} |", "|" + "---|" * len(head), *(f"| {' | '.join(map(str, row))} |" for row in rows)]) + "\n"


def markdown(matrix, sources, targets, absent, version):
    cells = matrix.cells
    print(f"# Conversion matrix\n\nWritten by `tests/conversions.py` with {version}: every invoice of a corpus of other people's (real and sample invoices, kept outside this repository) into")
    print("every syntax that is written, and back. \"Lost\" is what the loss report of `facteur convert` tells; docs/convert.md says how it finds it.\n")
    if absent:
        print(f"Not written by this binary, and left out: {', '.join(absent)}.\n")
    print("Each cell: documents carried whole + with content lost that is no term + with terms lost; refused are not read, in any column alike.\n")
    show = lambda c: f"{c.get('whole', 0)} + {c.get('outside', 0)} + {c.get('terms', 0)}"
    print(table(["from \\ to", "documents", "refused", *(NAMES[t] for t in targets)], [[NAMES[s], cells[s, targets[0]]["documents"], cells[s, targets[0]]["refused"], *(show(cells[s, t]) for t in targets)] for s in sources]))
    print("## There and back\n\nThe same as invoices (`facteur diff`, terms alone; JSON as CII, against the document it was made of), and the same but for the terms that were told as lost.\n")
    dash = lambda c, text: "no way back yet" if c.get("no way back") else text
    print(table(["from \\ over", *(NAMES[t] for t in targets)], [[NAMES[s], *(dash(cells[s, t], f"{cells[s, t].get('same', 0)}, {cells[s, t].get('same but for losses', 0)} of {cells[s, t].get('back', 0)}") for t in targets)] for s in sources]))
    print("## What was lost, and why\n\nDocuments in which it was, by reason (docs/convert.md) and by term (`–` is no term).\n")
    join = lambda d: ", ".join(f"{k} {v}" for k, v in d.items()) or "nothing"
    print(table(["from", "to", "reasons", "terms"], [[NAMES[s], NAMES[t], join(cells[s, t]["reasons"]), join(cells[s, t]["lost"])] for s in sources for t in targets if cells[s, t]["reasons"]]))
    print("## By the official judges\n\nEach UBL and CII document written, asked of the XSD and the EN 16931 artefact: do they agree with facteur's verdict, and does a valid source stay valid?")
    print("Sources in EDIFACT and JSON are valid by facteur's verdict.\n")
    judged = [(s, t) for s in sources for t in targets if "judged" in cells[s, t]]
    print(table(["from", "to", "judged", "agreed", "valid before", "of these valid after"], [[NAMES[s], NAMES[t], *(cells[s, t].get(k, 0) for k in ("judged", "agree", "valid before", "valid after"))] for s, t in judged]))
    profiles = [p for p in PROFILES if ("valid", p) in cells]
    if profiles:
        print("## Factur-X XML\n\nEvery UBL and CII document that is valid by the norm, `--to facturx --profile …`, judged by that profile's XSD and artefact.\n")
        print(table(["profile", "documents", "written", "nothing lost", "valid", "facteur agrees", "most lost"], [[p, *(cells["valid", p].get(k, 0) for k in ("documents", "written", "whole", "valid", "agree")), join(dict(list(cells["valid", p]["lost"].items())[:6]))] for p in profiles]))
    refused = collections.Counter((NAMES[s], rule) for s, all_of in matrix.refusals.items() for rule in all_of.values() if s != "json")
    print("## Refused\n")
    print(table(["source", "rule", "documents"], [[s, f"`{rule}`", n] for (s, rule), n in sorted(refused.items())]))
    print("## Exceptions\n\nEvery document that did not come back, was judged otherwise, or was valid and is no more.\n")
    grouped = collections.defaultdict(list)
    for s, t, name, what in matrix.wrong:
        grouped[NAMES.get(s, s), NAMES.get(t, t), what].append(name)
    rows = [[s, t, what.replace("|", "/"), f"{len(names)}: {', '.join(names[:2])}{' …' if len(names) > 2 else ''}"] for (s, t, what), names in sorted(grouped.items())]
    print(table(["from", "to", "what", "documents"], rows) if rows else "None.")


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("judges")
    args.add_argument("--facteur", default=f"{HERE}/target/release/facteur")
    args.add_argument("--to", default="ubl,cii,edifact-d01b,json")
    args.add_argument("--json", help="write the figures here, for machines")
    args.add_argument("--keep", help="folder for what is written (default: a temporary one)")
    args.add_argument("--profiles", action="store_true", help="Factur-X XML too, in every profile")
    args.add_argument("--only", help="sources, comma separated")
    o = args.parse_args()
    for needed in (f"{o.judges}/corpus", f"{o.judges}/oracle/judge.py", o.facteur):
        if not os.path.exists(needed):
            print(f"conversions.py: not run: {needed} is not there (corpus, oracle and a built binary are needed)", file=sys.stderr)
            sys.exit(2)
    sys.path.insert(0, f"{o.judges}/oracle")
    try:
        import judge  # noqa: F401
    except ImportError as e:
        print(f"conversions.py: not run: {e} (use the Python that {o.judges}/oracle/setup installs)", file=sys.stderr)
        sys.exit(2)
    targets, absent = targets_known(o.facteur, o.to.split(","))
    for name in absent:
        print(f"conversions.py: left out: this binary does not write {name}", file=sys.stderr)
    version = subprocess.run([o.facteur, "--version"], capture_output=True, text=True).stdout.strip()
    with tempfile.TemporaryDirectory() as scratch, multiprocessing.Pool(os.cpu_count()) as pool:
        folder = o.keep or scratch
        found = documents(f"{o.judges}/corpus", folder)
        matrix = Matrix(o.facteur, pool, folder)
        for syntax, docs in found.items():
            matrix.judged_before(syntax, docs)
        # What JSON holds is what the others state: each of them once.
        if "json" in targets:
            found["json"] = []
            for syntax in SOURCES:
                reports, _ = convert(o.facteur, [d.path for d in found[syntax]], "json", f"{folder}/from/json-{syntax}")
                for d in found[syntax]:
                    if d.path in reports:
                        found["json"].append(Doc(f"{d.name} as JSON", reports[d.path]["written"], d.path))
            for d in found["json"]:
                matrix.before[d.path] = matrix.before[d.origin]
        sources = [s for s in found if not o.only or s in o.only.split(",")]
        for syntax in sources:
            for to in targets:
                matrix.cell(syntax, to, found[syntax], targets)
        if o.profiles:
            valid = [d for s in ("ubl", "cii") for d in found[s] if matrix.before[d.path] == "valid"]
            for profile in PROFILES:
                matrix.profile(profile, valid)
    markdown(matrix, sources, targets, absent, version)
    if o.json:
        figures = {"schema": "facteur-conversions/1", "tool": version, "absent": absent, "cells": [{"from": s, "to": t, **c} for (s, t), c in matrix.cells.items()], "refused": matrix.refusals, "exceptions": [dict(zip(("from", "to", "document", "what"), row)) for row in matrix.wrong]}
        with open(o.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1, ensure_ascii=False)
    sys.exit(1 if matrix.wrong else 0)


if __name__ == "__main__":
    main()
