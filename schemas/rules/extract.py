#!/usr/bin/env python3
"""extract.py UBL.xslt CII.xslt RULES.csv BINDING.csv > schemas/rules/en16931-syntax.txt

Writes the syntax rules of the official EN 16931 artefacts that are a plain "nothing here", "so many at most" or "exactly so many":
ids, severities, paths, numbers. These are facts; expressions that say more, and every sentence, are written by hand in
en16931-syntax.toml, as are the contexts named here. Needs lxml. BINDING.csv tells which term a counted element is, RULES.csv which terms
the other rules are about.

    in SYNTAX CONTEXT
    ID SEVERITY TERMS QUESTION         TERMS joined by commas, or -; the notation of questions stands in README.md
"""
import csv
import re
import sys
from lxml import etree

XSL = "{http://www.w3.org/1999/XSL/Transform}"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
STEP = r"(?:[a-z]+:\w+|\.\.|\(cac:InvoiceLine ?\| ?cac:CreditNoteLine\))"
PATH = rf"(?://|/)?(?:{STEP}(?:/{STEP})*(?:/@\w+)?|@\w+)"
HEADER = "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction/"
LINE = HEADER + "ram:IncludedSupplyChainTradeLineItem"
CONTEXTS = {
    "ubl": {
        "//cac:PostalAddress | //cac:Address": "address",
        "cac:AccountingSupplierParty/cac:Party": "seller-party",
        "cac:AdditionalDocumentReference": "reference",
        "//*[ends-with(name(), 'BinaryObject')]": "binary",
        "cac:Delivery": "delivery",
        "cac:AllowanceCharge[cbc:ChargeIndicator = false()]": "allowance",
        "cac:AllowanceCharge[cbc:ChargeIndicator = true()]": "charge",
        "cac:PartyTaxScheme": "tax-registration",
        "/ubl:Invoice | /cn:CreditNote": "whole",
        "cac:InvoiceLine | cac:CreditNoteLine": "any-line",
        "cac:PayeeParty": "any-payee",
        "cac:PaymentMeans": "means",
        "cac:BillingReference": "billing",
        "cac:TaxRepresentativeParty": "any-representative",
        "cac:TaxSubtotal": "subtotal",
    },
    "cii": {
        "//ram:SpecifiedTradeSettlementPaymentMeans": "means",
        "/rsm:CrossIndustryInvoice/rsm:ExchangedDocumentContext": "process",
        "/rsm:CrossIndustryInvoice/rsm:ExchangedDocument": "header",
        "/rsm:CrossIndustryInvoice/rsm:ExchangedDocument/ram:IncludedNote": "header-note",
        LINE: "any-line",
        LINE + "/ram:AssociatedDocumentLineDocument": "line-document",
        LINE + "/ram:SpecifiedTradeProduct": "product",
        LINE + "/ram:SpecifiedTradeProduct/ram:ApplicableProductCharacteristic": "characteristic",
        LINE + "/ram:SpecifiedLineTradeAgreement": "line-agreement",
        "//ram:SpecifiedTradeAllowanceCharge": "allowance-charge",
        "//ram:GrossPriceProductTradePrice/ram:AppliedTradeAllowanceCharge": "price-allowance",
        LINE + "/ram:SpecifiedLineTradeDelivery": "line-delivery",
        LINE + "/ram:SpecifiedLineTradeSettlement": "line-settlement",
        HEADER + "ram:ApplicableHeaderTradeAgreement": "agreement",
        HEADER + "ram:ApplicableHeaderTradeDelivery": "header-delivery",
        HEADER + "ram:ApplicableHeaderTradeSettlement": "settlement",
        HEADER + "ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeSettlementHeaderMonetarySummation": "summation",
        "/rsm:CrossIndustryInvoice": "whole",
        "//*[ends-with(name(), 'DocumentContextParameter')]": "parameter",
        "//ram:*[ends-with(name(), 'ID')]": "any-id",
        "//ram:TypeCode": "any-type",
        "/rsm:CrossIndustryInvoice/rsm:ExchangedDocument/ram:TypeCode": "document-type",
        LINE + "/ram:SpecifiedLineTradeSettlement/ram:ApplicableTradeTax/ram:CategoryCode": "line-vat-category",
        "//ram:*[ends-with(name(), 'ReferencedDocument')]": "referenced",
        "//ram:*[ends-with(name(), 'Amount') and not (self::ram:TaxTotalAmount)]": "any-amount",
        "//ram:*[ends-with(name(), 'Quantity')]": "any-quantity",
        "//ram:*[ends-with(name(), 'TradeTax')]": "any-tax",
        "//ram:BillingSpecifiedPeriod": "period",
        "//ram:PostalTradeAddress": "address",
        "//udt:DateTimeString[@format = '102']": "date",
    },
}
CONTEXTS["cii"][" | ".join([
    "/rsm:CrossIndustryInvoice/rsm:ExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID",
    "/rsm:CrossIndustryInvoice/rsm:ExchangedDocument/ram:ID",
    LINE + "/ram:AssociatedDocumentLineDocument/ram:LineID", LINE + "/ram:SpecifiedTradeProduct/ram:SellerAssignedID"])] = "plain-id"


# An earlier context takes the only element that these are about.
NEVER = ("CII-DT-010", "CII-DT-011", "CII-DT-012")
# Terms that paths alone do not tell apart.
OWN = {"UBL-SR-04": ["BT-18"], "UBL-SR-12": ["BT-31"], "UBL-SR-13": ["BT-32"], "UBL-SR-18": ["BT-48"], "UBL-SR-42": ["BT-31", "BT-32"]}


def bare(path):
    while "{" in path:
        path = re.sub(r"\{[^{}]*\}", "", path)
    return path


class Terms:
    def __init__(self, rules, binding):
        with open(rules, encoding="utf-8") as file:
            self.said = {(r["syntax"], r["id"]): r["business_terms"].split() for r in csv.DictReader(file) if r["pack"] == f"en16931-{r['syntax']}"}
        self.paths = {"ubl": {}, "cii": {}}
        with open(binding, encoding="utf-8") as file:
            for row in csv.DictReader(file):
                for syntax in self.paths:
                    for path in row[syntax].split(" | "):
                        self.paths[syntax].setdefault(bare(path.strip()), []).append(row["term"])

    def of(self, syntax, id_, match, row):
        """The term that a counted element is bound to, else those that the list of rules names."""
        if id_ in OWN:
            return OWN[id_]
        words = row.split(" ", 2)
        path = bare(words[-1] if words[0] in ("most", "just") else row.split(" ", 1)[1]).lstrip("/")
        if words[0] == "none" or "[" in match or "*" in match:
            return self.said.get((syntax, id_), [])
        for context in match.split("|"):
            steps = context.strip().strip("/").split("/")
            anchored = context.strip().startswith("/") and not context.strip().startswith("//")
            whole = "/".join([*(steps[1:] if anchored else steps), path])
            found = {t for own, terms in self.paths[syntax].items() if own == whole or (not anchored and own.endswith("/" + whole)) for t in terms}
            if len(found) == 1:
                return list(found)
        return self.said.get((syntax, id_), [])


def asserts(path):
    """(mode, priority, match, id, severity, test) of every assertion, in the order in which contexts are tried."""
    for template in etree.parse(path).getroot().iter(XSL + "template"):
        for node in template.iter(SVRL + "failed-assert"):
            own = {a.get("name"): a.text for a in node.findall(XSL + "attribute")}
            match = " ".join(template.get("match").split())
            yield match, own.get("id") or node.get("id"), own.get("flag") or node.get("flag"), " ".join(node.get("test").split())


def conditions(path):
    """`a[b='x']` as the notation writes it, `a{b = 'x'}`; None for conditions that it does not know."""
    def one(match):
        inside = match[1]
        plain = re.fullmatch(r"(normalize-space\()?([\w:/@]+)\)?\s*=\s*('[^']*')", inside)
        if plain:
            return "{%s %s %s}" % (plain[2], "~=" if plain[1] else "=", plain[3])
        upper = re.fullmatch(r"(cac:TaxScheme/)?upper-case\(([\w:@]+)\)\s*(!?=)\s*('[^']*')", inside)
        if not upper:
            raise LookupError(inside)
        asked = f"{upper[2]} ^= {upper[4]}"
        if upper[3] == "=":
            return "{%s}" % (upper[1] or "").__add__(asked)
        return "{has cac:TaxScheme{not %s}}" % asked if upper[1] else "{not %s}" % asked
    return re.sub(r"\[([^\]]*)\]", one, path)


def question(test):
    test = test.strip()
    while test.startswith("(") and test.endswith(")") and balanced(test[1:-1]):
        test = test[1:-1].strip()
    forbidden = re.fullmatch(rf"not ?\(({PATH})\)", test)
    if forbidden:
        return "none " + lines(forbidden[1])
    only = re.fullmatch(r"not\(([\w:]+)\) or count\(\1\) = 1", test)
    if only:
        return f"most 1 {only[1]}"
    count = re.fullmatch(r"count\((.*)\) ?(<=|=) ?(\d+)", test)
    if count and balanced(count[1]) and "distinct" not in test and "preceding" not in test:
        path = conditions(count[1])
        if "normalize-space(." not in path and not (count[2] == "=" and count[3] == "0"):
            return f"{'most' if count[2] == '<=' else 'just'} {count[3]} {lines(path)}"
    if re.fullmatch(PATH, test):
        return f"some {test}"
    raise LookupError(test)


def lines(path):
    both = "(cac:InvoiceLine|cac:CreditNoteLine)"
    path = path.replace(" | ", "|") if both in path.replace(" | ", "|") else path
    if both not in path:
        return path
    return " | ".join(path.replace(both, one) for one in ("cac:InvoiceLine", "cac:CreditNoteLine"))


def balanced(text):
    depth = 0
    for c in text:
        depth += (c == "(") - (c == ")")
        if depth < 0:
            return False
    return depth == 0


def main():
    ubl, cii, rules, binding = sys.argv[1:]
    terms = Terms(rules, binding)
    print("# Written by extract.py from the official artefacts, which stay outside: ids, severities, terms, paths and numbers.")
    print("# The form of a line stands there, the notation of questions in README.md.")
    left = []
    for syntax, path in (("ubl", ubl), ("cii", cii)):
        here = None
        for match, id_, severity, test in asserts(path):
            if id_.startswith("BR-"):
                continue
            try:
                row = question(test)
            except LookupError:
                left.append(f"{syntax} {id_} {severity} {match} :: {test}")
                continue
            context = CONTEXTS[syntax].get(match)
            if context is None:
                left.append(f"{syntax} {id_} no context {match}")
                continue
            if context != here:
                print(f"in {syntax} {context}")
                here = context
            if id_ in NEVER:
                row = "never " + row
            print(id_, severity, ",".join(terms.of(syntax, id_, match, row)) or "-", row)
    print("\n".join(left), file=sys.stderr)


main()
