#!/usr/bin/env python3
"""conformance.py JUDGES [--facteur BINARY] [--seeds 1,2,3] [--mutants 40] [--cases FOLDER] > CONFORMANCE.md

Holds `facteur validate` against the official artefacts: the official unit tests, a corpus of real invoices, our own fixtures of each pack
(`FACTEUR_CASES=FOLDER cargo test --test all cases_are_written` writes them to FOLDER), and seeded mutations of each. JUDGES is a folder with `oracle/` (judge.py, mutate.py) and `corpus/`; the artefacts stay outside this repository.
Run it with the Python that `JUDGES/oracle/setup` installs. What agrees is the ids that fired, fatal and warning apart, and how often
each did (of a Factur-X profile the verdict alone: its restrictions have ids of our own); a document that the schema refuses must not be called valid; where the artefact stops, nobody may call it valid.
"""
import argparse
import collections
import glob
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import tomllib

DAY = "2026-11-22"  # of a day on which the French rules are fatal
# What is judged by what: a name, the official packs, the packs of `--rules`, whether ids are compared or the verdict alone.
FAMILIES = {
    "en16931": ("auto", "en16931", True),
    "fr": ("fr", "en16931,fr", True),
    "fr-extended": ("fr-extended-SYNTAX", "fr-extended", True),
    "facturx-minimum": ("facturx-minimum", "facturx-minimum", False),
    "facturx-basicwl": ("facturx-basicwl", "facturx-basicwl", False),
    "facturx-basic": ("facturx-basic", "facturx-basic", False),
    "facturx-en16931": ("facturx-en16931", "facturx-en16931", False),
    "facturx-extended": ("facturx-extended", "facturx-extended", False),
}
HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LEVELS = ("fatal", "warning")


def level(flag):
    return "warning" if flag in ("warning", "information", "info") else "fatal"


def facteur(binary, documents, rules="en16931"):
    """The reports of many documents, in their order."""
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for number, xml in enumerate(documents):
            names.append(os.path.join(folder, f"{number:06}.xml"))
            with open(names[-1], "wb") as file:
                file.write(xml)
        rows = {}
        for start in range(0, len(names), 200):
            run = subprocess.run([binary, "validate", "--rules", rules, "--date", DAY, "--format", "json", *names[start:start + 200]], capture_output=True, text=True)
            for line in run.stdout.splitlines():
                row = json.loads(line)
                rows[row["file"]] = row
        return [rows.get(name) for name in names]


def mine(row):
    counts = {l: collections.Counter() for l in LEVELS}
    for finding in row["findings"]:
        if not finding["rule"].startswith("FCT-") and finding["severity"] in counts:
            counts[finding["severity"]][finding["rule"]] += 1
    return counts


def judge_file(job):
    """One file with its mutants: figures, disagreements, fatal ids seen."""
    path, origin, family, seeds, mutants, binary = job
    from judge import Judge, packs_of
    import mutate
    judge = Judge()
    official, rules, by_id = FAMILIES[family]
    data = open(path, "rb").read()
    documents = [(origin, data)]
    for seed in seeds:
        documents += [(f"{origin}, seed {seed}", xml) for _, xml in mutate.mutations(data, mutants, seed)]
    tally, wrong, seen = collections.Counter(), [], set()
    for (origin, xml), row in zip(documents, facteur(binary, [xml for _, xml in documents], rules)):
        packs = packs_of(official.replace("SYNTAX", packs_of("auto", xml)[0].rsplit("-", 1)[1]), xml)
        key = (origin, " + ".join(packs))
        if row is None:
            wrong.append((key, path, "no report")); tally[key, "all"] += 1; continue
        if judge.schema(xml):
            tally[key, "refused"] += 1
            tally[key, "all"] += 1
            tally[key, "agree"] += row["verdict"] != "valid"
            if row["verdict"] == "valid":
                wrong.append((key, path, "valid, yet the schema refuses it"))
            continue
        try:
            fired = [(pack, f) for pack in packs for f in judge.rules(pack, xml) if f["id"]]
        except Exception:
            tally[key, "stopped"] += 1
            if row["verdict"] == "valid":
                wrong.append((key, path, "valid, yet the artefact stops"))
            continue
        want = {l: collections.Counter(f["id"] for _, f in fired if level(f["flag"]) == l) for l in LEVELS}
        seen |= {(pack, f["id"]) for pack, f in fired if level(f["flag"]) == "fatal"}
        verdict = "invalid" if want["fatal"] else "valid"
        tally[key, "all"] += 1
        tally[key, "valid"] += verdict == "valid"
        if row["verdict"] == verdict and (not by_id or mine(row) == want):
            tally[key, "agree"] += 1
        else:
            got = mine(row)
            wrong.append((key, path, f"{row['verdict']} {[dict((got[l] - want[l]) + (want[l] - got[l])) for l in LEVELS]}"))
    return tally, wrong, seen


def unit_tests(judges, binary):
    """Fragments that no schema would pass: the ids that fire are all that is compared."""
    from judge import Judge
    judge = Judge()
    tally, wrong, seen = collections.Counter(), [], set()
    for pack in ("en16931-ubl", "en16931-cii"):
        rows = [json.loads(line) for line in open(f"{judges}/corpus/unit/{pack}.jsonl", encoding="utf-8")]
        rows = [r for r in rows if r.get("xml")]
        for row, report in zip(rows, facteur(binary, [r["xml"].encode() for r in rows])):
            want = collections.Counter(f["id"] for f in judge.rules(pack, row["xml"].encode()))
            got = sum(mine(report).values(), collections.Counter())
            key = ("unit tests", pack)
            tally[key, "all"] += 1
            tally[key, "agree"] += want == got
            seen |= {(pack, i) for i in want}
            if want != got:
                wrong.append((key, str(row.get("origin")), dict((want - got) + (got - want))))
    return tally, wrong, seen


def fixtures():
    """Ids for which the project itself keeps a document that they refuse."""
    cases = tomllib.load(open(f"{HERE}/fixtures/rules/en16931/list.toml", "rb"))["case"]
    return {("en16931-cii" if c["base"].startswith("cii") else "en16931-ubl", i) for c in cases for i in c["fires"]}


def fatal_ids(judges):
    import csv
    rows = csv.DictReader(open(f"{judges}/domain/en16931/rules.csv", encoding="utf-8"))
    return {(r["pack"], r["id"]) for r in rows if r["pack"] in ("en16931-ubl", "en16931-cii") and r["severity"] == "fatal"}


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("judges")
    args.add_argument("--facteur", default=f"{HERE}/target/release/facteur")
    args.add_argument("--seeds", default="1,2,3")
    args.add_argument("--mutants", type=int, default=40)
    args.add_argument("--cases")
    o = args.parse_args()
    sys.path.insert(0, f"{o.judges}/oracle")
    seeds = [int(s) for s in o.seeds.split(",")]
    manifest = [json.loads(line) for line in open(f"{o.judges}/corpus/manifest.jsonl", encoding="utf-8")]
    files = [f"{o.judges}/corpus/{row['file']}" for row in manifest if row["file"].endswith(".xml") and "edifact" not in row["file"]]
    tally, wrong, seen = unit_tests(o.judges, o.facteur)
    unit_seen = set(seen)
    jobs = [(f, "corpus", "en16931", seeds, o.mutants, o.facteur) for f in files]
    for family in FAMILIES if o.cases else ():
        # What is ours is many and small: the mutants of the valid ones alone.
        for path in sorted(glob.glob(f"{o.cases}/{family}/*.xml")):
            good = not os.path.basename(path).startswith("case-")
            jobs.append((path, "fixtures", family, seeds if good else [], o.mutants, o.facteur))
    with multiprocessing.Pool(os.cpu_count()) as pool:
        for part, bad, ids in pool.imap_unordered(judge_file, jobs, chunksize=8):
            tally.update(part); wrong += bad; seen |= ids
    report = facteur(o.facteur, [open(files[0], "rb").read()], ",".join(sorted({p for _, rules, _ in FAMILIES.values() for p in rules.split(",")})))[0]
    versions = [f"`{p['id']}` {p['version']} (SHA-256 `{p['sha256'][:16]}…`)" for p in report["packs"] if p["id"] in FAMILIES]
    print(f"# Conformance\n\nWritten by `tests/conformance.py`: {', '.join(versions)} against the official artefacts of the same versions.\n")
    print("Agreed: the same ids fired, fatal and warning, each as often, and the verdict is theirs; where the schema refuses a document, it is\nnot called valid. Stopped: the official artefact ends with an error and has no verdict; facteur calls none of these valid.\nFixtures are this repository's own, what is right and what is wrong; of those that are right, mutants too.\n")
    print("| official packs | documents | agreed | of | valid | refused by the schema | stopped |\n|---|---|---|---|---|---|---|")
    for origin, name in sorted({key for key, _ in tally}, key=lambda key: (key[1], key[0])):
        row = [tally[(origin, name), what] for what in ("agree", "all", "valid", "refused", "stopped")]
        shown = f"{origin}, {o.mutants} mutants of each file" if "seed" in origin else origin
        print(f"| {name} | {shown} | {' | '.join(map(str, row))} |")
    all_fatal, own = fatal_ids(o.judges), fixtures()
    print(f"\n## Which fatal assertions were exercised\n\n| pack | fatal assertions | by these documents | by the unit tests alone | by our fixtures | by none |\n|---|---|---|---|---|---|")
    for name in ("en16931-ubl", "en16931-cii"):
        ids = {i for p, i in all_fatal if p == name}
        by = lambda found: {i for p, i in found if p == name} & ids
        none = ids - by(seen) - by(own)
        print(f"| {name} | {len(ids)} | {len(by(seen))} | {len(by(unit_seen))} | {len(by(own))} | {len(none)} |")
        print(f"{name}: exercised by none: {', '.join(sorted(none))}", file=sys.stderr)
        NONE[name] = sorted(none)
    print("\nBy none: " + "; ".join(f"`{name}` {', '.join(ids) or '–'}" for name, ids in NONE.items()) + ".")
    print(open(f"{HERE}/tests/divergences.md", encoding="utf-8").read())
    for key, path, what in wrong:
        print(key, os.path.basename(path), what, file=sys.stderr)
    sys.exit(1 if wrong else 0)


NONE = {}
if __name__ == "__main__":
    main()
