#!/usr/bin/env python3
"""facturx.py PACKS [EN16931-CII.xslt]      PACKS holds facturx-*.xslt and FACTUR-X_*_codedb.xml

Writes schemas/rules/facturx-*.txt, a table for each Factur-X profile, facturx-ids.csv, the numbers that the artefacts give their
assertions (FX-SCH-A-…) with what they are here, and the code lists of schemas/codes/ that the profiles have and EN 16931 has not. Taken from the official artefacts are facts: which elements are judged, how often they may stand, which codes they may
bear, ids. Where a test is that of a rule of EN 16931, its row is taken from en16931.toml; the tests that say more have a row here (ROWS),
in the notation of README.md. No sentence is taken. Needs lxml. build/profile.rs tells the form of a table.
"""
import csv
import glob
import os
import re
import sys
import tomllib
from lxml import etree

XSL = "{http://www.w3.org/1999/XSL/Transform}"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
HERE = os.path.dirname(os.path.abspath(__file__))
CODES = os.path.join(HERE, "..", "codes")
PROFILES = {"minimum": "MINIMUM", "basicwl": "BASIC-WL", "basic": "BASIC", "en16931": "EN16931", "extended": "EXTENDED"}

# What is asked of the tree beyond a row that can be read off the test.
HEADER = "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement"
DETAIL = "ram:SpecifiedLineTradeSettlement{not has ../ram:AssociatedDocumentLineDocument/ram:LineStatusReasonCode or ../ram:AssociatedDocumentLineDocument/ram:LineStatusReasonCode = 'DETAIL'}"
ROWS = {
    # The seller stands elsewhere than beside the payee: only the name is ever asked.
    "BR-17": "has ram:Name",
    "BR-CO-03": "not (has ram:TaxPointDate and has ram:DueDateTypeCode)",
    "BR-CO-11": "item allowance_total_cii 'false as written'",
    "BR-CO-12": "item charges_add_up",
    "BR-AF-08": "true",
    "BR-AG-08": "true",
    "BR-S-08": "item base_cii 'S'",
    "CII-SR-464": "true",
    "PEPPOL-EN16931-R008": "item no_empty_element",
    "BR-FXEXT-04": "code untdid-6313 .",
    "BR-FXEXT-06": "not filled ram:AssociatedDocumentLineDocument/ram:ParentLineID or ram:AssociatedDocumentLineDocument/ram:LineStatusReasonCode != ''",
    "BR-FXEXT-08": "item groups_add_up",
    "BR-FXEXT-11": "item parent_stands",
    "BR-FXEXT-12": "item groups_below_have_amounts",
    "BR-CO-25": "not number //ram:DuePayableAmount > 0 or has //ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime or has //ram:SpecifiedTradePaymentTerms/ram:Description",
    "BR-FXEXT-CO-10": "item lines_near",
    "BR-FXEXT-CO-11": "item allowances_near",
    "BR-FXEXT-CO-12": "item charges_near",
    "BR-FXEXT-CO-13": "item net_near",
    "BR-FXEXT-CO-15": "item gross_near",
    "BR-FXEXT-CO-16": "item due_exact",
    "BR-FXEXT-S-09b": "item sublines_vat_near",
    "BR-FXEXT-CII-DT-097a": r"match . '^\s*(\d{4})(1[0-2]|0[1-9])(3[01]|[12][0-9]|0[1-9])([01][0-9]|2[0-3])[0-5][0-9]\s*$'",
    # The dates of a German delivery.
    "FCT-FX-GERMAN-DELIVERY": "item german_delivery",
}
for family, code in [("AE", "AE"), ("E", "E"), ("G", "G"), ("IC", "K"), ("Z", "Z")]:
    ROWS[f"BR-{family}-08"] = f"item base_within '{code}'"
for family, code in [("S", "S"), ("Z", "Z"), ("E", "E"), ("AE", "AE"), ("IC", "K"), ("G", "G"), ("O", "O"), ("AF", "L"), ("AG", "M")]:
    stands = f"has //ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax{{ram:CategoryCode = '{code}'}}"
    used = " or ".join(f"has //{where}{{ram:CategoryCode = '{code}'}}" for where in [f"{DETAIL}/ram:ApplicableTradeTax", "ram:CategoryTradeTax", "ram:AppliedTradeTax"])
    ROWS[f"BR-FXEXT-{family}-01"] = f"({stands} and ({used})) or not ({stands} or {used})"
    for half, row in [("b", "either"), ("ini", "category"), ("rev", "reason")]:
        ROWS[f"BR-FXEXT-{family}-08{half}"] = f"item sublines_base_near 'DETAIL {row}'"
        ROWS[f"FCT-FX-{family}-08{half}"] = f"item sublines_base_near 'every {row}'"
ROWS["BR-FXEXT-S08b"] = ROWS["BR-FXEXT-S-08b"]
ROWS["FCT-FX-G-08"] = "item sublines_base_near_line 'G'"
# Ids that the artefact of a profile writes in a way of its own, and those of MINIMUM that no other profile names.
NAMED = {
    "FX-SCH-A-000354": "FCT-FX-GERMAN-DELIVERY",
    "FX-SCH-A-000310": "FCT-FX-G-08",
    "FX-SCH-A-000390": "FCT-FX-G-08b", "FX-SCH-A-000388": "FCT-FX-G-08ini", "FX-SCH-A-000389": "FCT-FX-G-08rev",
    "FX-SCH-A-000391": "FCT-FX-IC-08b", "FX-SCH-A-000392": "FCT-FX-IC-08ini", "FX-SCH-A-000393": "FCT-FX-IC-08rev",
    "FX-SCH-A-000394": "FCT-FX-O-08b", "FX-SCH-A-000395": "FCT-FX-O-08ini", "FX-SCH-A-000396": "FCT-FX-O-08rev",
    "FX-SCH-A-000397": "FCT-FX-Z-08b", "FX-SCH-A-000398": "FCT-FX-Z-08ini", "FX-SCH-A-000399": "FCT-FX-Z-08rev",
}
# The code lists of profiles that are not those of EN 16931: where they stand, name, titles.
LISTS = [
    ("ContractReferencedDocument/ReferenceTypeCode", "untdid-1153.fx", "qualifiants de référence d'un contrat (UNTDID 1153, Factur-X)", "reference qualifiers of a contract (UNTDID 1153, Factur-X)"),
    ("ExchangedDocument/LanguageID", "iso-639", "codes de langue (ISO 639-2)", "language codes (ISO 639-2)"),
    ("BuyerAgentTradeParty/GlobalID", "icd-6523.fx-extended", "schémas d'identifiants (ISO 6523, Factur-X EXTENDED)", "identifier schemes (ISO 6523, Factur-X EXTENDED)"),
    ("TradeParty/GlobalID", "icd-6523.fx", "schémas d'identifiants d'une partie (ISO 6523, Factur-X)", "identifier schemes of a party (ISO 6523, Factur-X)"),
    ("ReasonCode[@listID=\"5153\"]", "untdid-5153.fx-charge", "types de taxe d'un frais (UNTDID 5153, frais)", "tax types of a charge (UNTDID 5153, charges)"),
    ("InvoiceCurrencyCode", "iso-4217.fx", "codes de devise (ISO 4217, Factur-X)", "currency codes (ISO 4217, Factur-X)"),
    ("LineStatusCode", "untdid-1229.fx", "actions sur une ligne (UNTDID 1229, Factur-X)", "actions on a line (UNTDID 1229, Factur-X)"),
    ("URIID", "eas.fx", "schémas d'adresse électronique (EAS, Factur-X)", "electronic address schemes (EAS, Factur-X)"),
    ("TradeTax/TypeCode", "untdid-5153.fx", "types de taxe (UNTDID 5153, Factur-X)", "tax types (UNTDID 5153, Factur-X)"),
    ("InvoiceReferencedDocument/TypeCode", "untdid-1001.fx", "types de facture antérieure (UNTDID 1001, Factur-X)", "types of preceding invoice (UNTDID 1001, Factur-X)"),
    ("ApplicableProductCharacteristic/TypeCode", "untdid-6313", "types de caractéristique (UNTDID 6313, Factur-X)", "types of characteristic (UNTDID 6313, Factur-X)"),
]
# Small enough to be said in the row itself.
INLINE = 13


def templates(path):
    """(mode, match, variables, [(id, flag, test, is it a report?)]), in the order in which contexts are tried."""
    for template in etree.parse(path).getroot().iter(XSL + "template"):
        if not template.get("mode", "").startswith("M") or not template.get("match"):
            continue
        asked = []
        for node in template.iter(SVRL + "failed-assert", SVRL + "successful-report"):
            own = {a.get("name"): a.text for a in node.findall(XSL + "attribute")}
            report = node.tag.endswith("report")
            test = node.getparent().get("test") if report else node.getparent().getparent().find(XSL + "when").get("test")
            asked.append((own.get("id"), own.get("flag"), " ".join(test.split()), report))
        said = {v.get("name"): " ".join((v.get("select") or "").split()) for v in template.iter(XSL + "variable")}
        if asked:
            yield template.get("mode"), " ".join(template.get("match").split()), said, asked


TOKEN = re.compile(r"\s*('[^']*'|\"[^\"]*\"|<=|>=|!=|[()\[\],=<>|]|//?|\.\.|@?[A-Za-z][\w.:-]*|@|\*|\d+(?:\.\d+)?|\.)")


class Reader:
    """The part of XPath that tests and conditions of the artefacts keep to, as the notation writes it; LookupError beyond it."""

    def __init__(self, text):
        self.text, self.tokens, at = text, [], 0
        text = text.strip()
        while at < len(text):
            found = TOKEN.match(text, at)
            if not found:
                raise LookupError(self.text)
            self.tokens.append(found[1])
            at = found.end()
        self.at = 0

    def peek(self, ahead=0):
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else None

    def take(self, *wanted):
        token = self.peek()
        if token is None or wanted and token not in wanted:
            raise LookupError(f"{self.text}: {token}")
        self.at += 1
        return token

    def whole(self):
        out = self.either()
        if self.peek() is not None:
            raise LookupError(f"{self.text}: {self.peek()}")
        return out

    def either(self):
        all = [self.both()]
        while self.peek() == "or":
            self.take()
            all.append(self.both())
        return " or ".join(all)

    def both(self):
        all = [self.one()]
        while self.peek() == "and":
            self.take()
            all.append(self.one())
        return " and ".join(a if " or " not in a or a.startswith("(") else f"({a})" for a in all)

    def one(self):
        token = self.peek()
        if token == "true" and self.peek(1) == "(":
            self.take(), self.take(), self.take(")")
            return "true"
        if token == "not":
            self.take(), self.take("(")
            inside = self.either()
            self.take(")")
            simple = not re.search(r" (and|or) ", re.sub(r"\{.*\}", "", inside))
            return f"not {inside}" if simple else f"not ({inside})"
        if token == "exists":
            self.take(), self.take("(")
            path = self.path()
            self.take(")")
            return f"has {path}"
        if token == "count":
            self.take(), self.take("(")
            path = self.path()
            self.take(")")
            sign, number = self.take("=", "<=", ">="), self.take()
            if sign == ">=" and number == "1":
                return f"some {path}"
            if sign == ">=" or (sign, number) == ("=", "0"):
                raise LookupError(self.text)
            return f"{'just' if sign == '=' else 'most'} {number} {path}"
        if token == "string-length":
            self.take(), self.take("("), self.take("substring-after"), self.take("(")
            path = self.path()
            self.take(","), self.take("'.'"), self.take(")"), self.take(")"), self.take("<=")
            return f"fraction {path} {self.take()}"
        if token == "upper-case":
            self.take(), self.take("(")
            path = self.path()
            self.take(")"), self.take("=")
            return f"{path} ^= {self.quoted()}"
        if token == "normalize-space":
            self.take(), self.take("(")
            path = self.path()
            self.take(")")
            sign, value = self.take("=", "!="), self.quoted()
            if sign == "!=" and value == "''":
                return f"filled {path}"
            if sign == "=":
                return f"{path} ~= {value}"
            raise LookupError(self.text)
        if token == "(":
            mark = self.at
            self.take()
            inside = self.either()
            self.take(")")
            if self.peek() in (">", ">=", "=", "!=", "<="):
                self.at = mark + 1
                path = self.path()
                self.take(")")
                return self.compared(path)
            if inside.startswith("has ") and self.peek() in (None, "and", "or", ")") and " and " not in inside and " or " not in inside:
                return inside
            return f"({inside})"
        return self.compared(self.path())

    def compared(self, path):
        sign = self.peek()
        if sign in ("=", "!="):
            self.take()
            token = self.peek()
            if token and token[0] in "'\"":
                return f"{path} {sign} {self.quoted()}"
            if token == "(":
                self.take()
                values = [self.quoted()]
                while self.peek() == ",":
                    self.take()
                    values.append(self.quoted())
                self.take(")")
                return f"{path} {sign} " + " | ".join(values)
            if re.fullmatch(r"\d+", token or ""):
                return f"number {path} {sign} {self.take()}"
            other = self.path()
            if path == "@currencyID" and sign == "=":
                which = other.rsplit("/", 1)[1]
                return f"item currency_is '{'BT-5' if which == 'ram:InvoiceCurrencyCode' else 'BT-6'}'"
            raise LookupError(self.text)
        if sign in (">", ">="):
            self.take()
            return f"number {path} {sign} {self.take()}"
        return f"has {path}"

    def quoted(self):
        token = self.take()
        if token[0] not in "'\"":
            raise LookupError(self.text)
        return f"'{token[1:-1]}'"

    def path(self):
        out = ""
        while self.peek() == "(":
            raise LookupError(self.text)
        if self.peek() in ("/", "//"):
            out += self.take()
        while True:
            token = self.take()
            if not re.match(r"@|\.|\*|[A-Za-z]", token):
                raise LookupError(f"{self.text}: {token}")
            out += token
            while self.peek() == "[":
                self.take()
                if re.fullmatch(r"\d+", self.peek()):
                    out += f"[{self.take()}]"
                else:
                    out += "{" + self.either() + "}"
                self.take("]")
            if self.peek() != "/":
                return out
            out += self.take()


def context(match):
    if match.startswith("//*"):
        return "/rsm:CrossIndustryInvoice"
    match = match.replace("some $code in tokenize('30 58', '\\s') satisfies normalize-space(ram:TypeCode) = $code", "normalize-space(ram:TypeCode) = '30' or normalize-space(ram:TypeCode) = '58'")
    if "upper-case(normalize-space(.))='DE'" in match:
        return "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction"
    match = match.replace("not(ancestor::ram:SellerTradeParty)", "WITHIN")
    reader = Reader(match.replace("[WITHIN]", "[WITHIN]"))
    path = reader.path()
    if reader.peek() is not None:
        raise LookupError(match)
    path = path.replace("{has WITHIN}", "{not within ram:SellerTradeParty}")
    return path[2:] if path.startswith("//") else path


def squeezed(text):
    return re.sub(r"\s+", "", text)


class Norm:
    """The rules of EN 16931 in CII: by test, their ids and rows."""

    def __init__(self, xslt):
        rows = {}
        for name in ("en16931.toml", "en16931-syntax.toml"):
            with open(os.path.join(HERE, name), "rb") as file:
                data = tomllib.load(file)
            for rule in data["rule"]:
                for values in data["each"][rule["each"]] if rule.get("each") else [[]]:
                    fill = lambda text: re.sub(r"%(\d)", lambda m: values[int(m[1]) - 1], text)
                    if rule.get("cii"):
                        rows[fill(rule["id"])] = [part.strip() for part in fill(rule["cii"]).split(";")]
        with open(os.path.join(HERE, "en16931-syntax.txt"), encoding="utf-8") as file:
            here = None
            for line in file:
                words = line.rstrip("\n").split(" ", 3)
                if words[0] == "in":
                    here = words[1]
                elif here == "cii" and not line.startswith("#"):
                    rows.setdefault(words[0], []).append("there: " + words[3])
        self.rows, self.ids = rows, {}
        for _, match, _, asked in templates(xslt):
            for id_, _, test, _ in asked:
                self.ids.setdefault(squeezed(test), []).append((squeezed(match), id_))

    def row(self, id_, test):
        """The row of a rule whose test this is; of that id, where several have it."""
        ids = [known for _, known in self.ids.get(squeezed(test), [])]
        for one in ([id_] if id_ in ids else []) + ids:
            own = self.rows.get(one, [])
            if len(own) == 1:
                return own[0].split(": ", 1)[1]
        return None


class Lists:
    def __init__(self):
        self.known, self.made = {}, {}
        for path in sorted(glob.glob(os.path.join(CODES, "*.txt"))):
            with open(path, encoding="utf-8") as file:
                lines = [line.strip() for line in file]
            name = os.path.basename(path)[:-4]
            # The lists of the French profile, some of which are the same, are no part of Factur-X.
            if not any(name == made for _, made, *_ in LISTS) and not name.startswith("fr-"):
                self.known.setdefault(frozenset(l for l in lines if l and not l.startswith("#")), name)

    def row(self, codes, match, path):
        """Is what stands there one of these codes?"""
        codes = frozenset(codes)
        if codes in self.known:
            return f"listed {self.known[codes]} {path}"
        if len(codes) <= INLINE:
            return f"{path} =? " + " | ".join(f"'{code}'" for code in sorted(codes))
        if codes not in self.made:
            where = re.sub(r"\b(ram|rsm|udt|qdt):", "", match)
            fits = [row for row in LISTS if row[0] in where and row[1] not in (name for _, name, *_ in self.made.values())]
            if not fits:
                raise LookupError(f"no name for the codes of {match}: {sorted(codes)[:5]}")
            self.made[codes] = fits[0]
        return f"listed {self.made[codes][1]} {path}"

    def write(self):
        for codes, (_, name, fr, en) in self.made.items():
            with open(os.path.join(CODES, name + ".txt"), "w", encoding="utf-8") as file:
                file.write("\n".join([f"# fr: {fr}", f"# en: {en}", *sorted(codes)]) + "\n")


def main():
    packs = sys.argv[1]
    norm = Norm(sys.argv[2] if len(sys.argv) > 2 else os.path.join(packs, "en16931-cii.xslt"))
    lists, left, numbers = Lists(), [], {}
    profiles = {name: list(templates(os.path.join(packs, f"facturx-{name}.xslt"))) for name in PROFILES}
    # The id that another profile, or EN 16931, gives the same test in the same place.
    official = {}
    for asked in profiles.values():
        for _, match, _, tests in asked:
            for id_, _, test, _ in tests:
                if id_ and not id_.startswith("FX-"):
                    official.setdefault((squeezed(match), squeezed(test)), []).append(id_)
    for test, ids in norm.ids.items():
        for match, id_ in ids:
            official.setdefault((match, test), []).append(id_)
    for name, asked in profiles.items():
        codedb = etree.parse(os.path.join(packs, f"FACTUR-X_{PROFILES[name]}_codedb.xml")).getroot()
        codes = {c.get("id"): [e.get("value") for e in c] for c in codedb}
        structure = asked[-1][0]
        out, used = [], {}
        own = f"FCT-FX-{name.upper()}"
        for mode, match, said, tests in asked:
            rows, numbered = [], []
            for id_, flag, test, report in tests:
                number = id_ or ""
                try:
                    if mode == structure:
                        rows.append(plain(own, said, test, report, codes, lists, match))
                        numbered.append((number, rows[-1]))
                        continue
                    known = official.get((squeezed(match), squeezed(test)), [])
                    if id_ in NAMED:
                        id_ = NAMED[id_]
                    elif id_.startswith("FX-"):
                        if known and not any(tested.startswith("BR-") for _, _, _, all in asked for tested, *_ in all if tested):
                            # Two rules may share a test: each in its turn.
                            turn = used.setdefault((match, test), 0)
                            distinct = list(dict.fromkeys(known))
                            id_ = distinct[min(turn, len(distinct) - 1)]
                            used[match, test] = turn + 1
                        else:
                            id_ = f"{own}-COUNT"
                    if ROWS.get(id_, "").startswith("code "):
                        lists.row(re.search(r"contains\(' ([^']*) '", test)[1].split(), match, ".")
                    row = norm.row(id_, test) or ROWS.get(id_) or Reader(test).whole()
                    rows.append((id_, "warning" if flag in ("warning", "information") else "fatal", row))
                    numbered.append((number, rows[-1]))
                except LookupError as e:
                    left.append(f"{name} {id_} {match} :: {test[:300]} ({str(e)[:80]})")
            if rows:
                try:
                    out.append((f"in profile {context(match)}" if mode == structure else f"alone {context(match)}", rows))
                except LookupError as e:
                    left.append(f"{name} {match}: {str(e)[:200]}")
                    continue
                for number, (rule, _, row) in numbered:
                    if number.startswith("FX-SCH-A-"):
                        # The restrictions of a profile bear its name: `*` stands for it, so that what profiles share is one row.
                        rule = rule.replace(own + "-", "FCT-FX-*-")
                        place = context(match).removeprefix("/rsm:CrossIndustryInvoice/")
                        numbers.setdefault((number, rule, place, row if "*" in rule else ""), []).append(name)
        with open(os.path.join(HERE, f"facturx-{name}.txt"), "w", encoding="utf-8") as file:
            print("# Written by facturx.py from the official artefact, which stays outside: ids, severities, paths, numbers, codes.", file=file)
            for where, rows in out:
                print(where, file=file)
                for row in rows:
                    print(*row, file=file)
    lists.write()
    with open(os.path.join(HERE, "facturx-ids.csv"), "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["id", "profiles", "rule", "place", "asked"])
        for (number, rule, place, row), names in sorted(numbers.items()):
            table.writerow([number.removeprefix("FX-SCH-A-"), " ".join(names), rule, place, row])
    print("\n".join(left), file=sys.stderr)


def plain(own, said, test, report, codes, lists, match):
    """A row of the structure of a profile."""
    if report:
        return (f"{own}-UNUSED", "warning", "not true") if test == "true()" else (f"{own}-ATTRIBUTE", "warning", f"none {test}")
    listed = re.search(r"cl\[@id=(\d+)\]/enumeration\[@value=\$(\w+)\]", test)
    if listed:
        return f"{own}-CODE", "fatal", lists.row(codes[listed[1]], match, said[listed[2]])
    row = Reader(test).whole()
    if row.startswith("has @"):
        return f"{own}-ATTRIBUTE-MISSING", "fatal", "some " + row[4:]
    return f"{own}-COUNT", "fatal", row


main()
