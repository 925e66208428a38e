#!/usr/bin/env python3
"""extract.py XSD... > schemas/syntax/NAME.txt
extract.py --extensions NAME.txt XSD... > schemas/syntax/NAME-extensions.txt

Writes the structure of an XML syntax as the table that facteur is built from: element names, their order, how often they may
stand, attributes and lexical types. These are facts; the schema files themselves, their comments and their sentences stay where
they are. Needs lxml. Each type that a document element can reach becomes a block:

    type NAME LEXICAL            LEXICAL of its text: none text token language uri decimal integer boolean date time dateTime base64 id any
    - PREFIX:ELEMENT MIN MAX TYPE      a child, in order (MAX * = unbounded)
    / PREFIX:ELEMENT MIN MAX TYPE      an alternative to the child above, in the same place
    @ ATTRIBUTE required|optional LEXICAL
    @ ... length MIN MAX         the same, of so many characters
    @ ... fixed VALUE            the same, with this value only (to the end of the line)
    = CODE CODE ...              the only values allowed (an XSD enumeration)

Document elements come first: `root PREFIX:ELEMENT TYPE`; name spaces before them: `ns PREFIX URI`.

With --extensions: what else the schemas declare, for content that a wildcard lets in (`ext:ExtensionContent`, signatures). Adds

    global PREFIX:ELEMENT TYPE   an element that may stand wherever a wildcard allows it
    type NAME mixed              child elements with text between them
    ~ MODEL                      children where places in a row do not say it: PREFIX:ELEMENT=TYPE, ##any or ##other (any name
                                 space; any but the type's own, and some) with :strict or :lax, ( ) | ? * +
"""
import os
import sys
from lxml import etree

XS = "{http://www.w3.org/2001/XMLSchema}"
PREFIX = {
    "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2": "ubl",
    "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2": "cn",
    "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2": "cac",
    "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2": "cbc",
    "urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2": "ext",
    "urn:oasis:names:specification:ubl:schema:xsd:CommonSignatureComponents-2": "sig",
    "urn:oasis:names:specification:ubl:schema:xsd:SignatureAggregateComponents-2": "sac",
    "urn:oasis:names:specification:ubl:schema:xsd:SignatureBasicComponents-2": "sbc",
    "http://www.w3.org/2000/09/xmldsig#": "ds",
    "http://uri.etsi.org/01903/v1.3.2#": "xades",
    "http://uri.etsi.org/01903/v1.4.1#": "xades141",
    "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100": "rsm",
    "urn:un:unece:uncefact:data:standard:CrossDomainAcknowledgementAndResponse:100": "cdar",
    "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100": "ram",
    "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100": "udt",
    "urn:un:unece:uncefact:data:standard:QualifiedDataType:100": "qdt",
}
LEXICAL = {
    "string": "text", "normalizedString": "text", "token": "token", "decimal": "decimal", "boolean": "boolean", "date": "date",
    "time": "time", "dateTime": "dateTime", "base64Binary": "base64", "anyURI": "uri", "language": "language", "integer": "integer", "ID": "id",
    "hexBinary": "text", "NMTOKEN": "token", "anyType": "any",  "float": "decimal", "double": "decimal",
}
elements, types, files = {}, {}, set()


def load(path):
    path = os.path.realpath(path)
    if path in files:
        return
    files.add(path)
    root = etree.parse(path).getroot()
    space = root.get("targetNamespace")
    for node in root:
        if node.tag == XS + "element":
            elements[(space, node.get("name"))] = node
        elif node.tag in (XS + "complexType", XS + "simpleType"):
            types[(space, node.get("name"))] = node
        elif node.tag in (XS + "import", XS + "include") and node.get("schemaLocation"):
            load(os.path.join(os.path.dirname(path), node.get("schemaLocation")))


def qname(node, text):
    prefix, _, local = text.rpartition(":")
    return (node.nsmap.get(prefix or None), local)


def label(name):
    return f"{PREFIX.get(name[0], 'x')}:{name[1]}"


def simple(name):
    """(lexical, enumeration) of a simple type."""
    if name[0] == XS[1:-1]:
        return LEXICAL.get(name[1], "text"), []
    node = types[name]
    restriction = node.find(XS + "restriction")
    if restriction is None:
        return "text", []
    base, codes = simple(qname(restriction, restriction.get("base")))
    own = [e.get("value") for e in restriction.findall(XS + "enumeration")]
    return base, own or codes


def facet(attribute):
    """The words after the lexical type of an attribute: its fixed value, or the length of its simple type."""
    if attribute.get("fixed") is not None:
        return " fixed " + attribute.get("fixed")
    name = qname(attribute, attribute.get("type")) if attribute.get("type") else None
    while name in types:
        restriction = types[name].find(XS + "restriction")
        low, high = (restriction.find(XS + side) for side in ("minLength", "maxLength"))
        if low is not None or high is not None:
            return f" length {0 if low is None else low.get('value')} {'*' if high is None else high.get('value')}"
        name = qname(restriction, restriction.get("base"))
    return ""


def particles(node):
    """Children in order: (start of a new place?, element node)."""
    for part in node:
        if part.tag == XS + "element":
            yield True, part, None
        elif part.tag == XS + "choice":
            first = True
            for option in part.findall(XS + "element"):
                yield first, option, part
                first = False
        elif part.tag == XS + "sequence":
            yield from particles(part)
        elif part.tag == XS + "any":
            yield True, None, None


OCCURS = {("1", "1"): "", ("0", "1"): "?", ("0", "unbounded"): "*", ("1", "unbounded"): "+"}


def is_plain(node):
    """Do places in a row say the content of a complex type?"""
    top = [n for n in node.iter(XS + "sequence", XS + "choice") if n.getparent().tag not in (XS + "sequence", XS + "choice")]
    deep = [n for n in node.iter(XS + "sequence", XS + "choice") if n not in top]
    odd = [n for n in deep + top if n.tag == XS + "choice" and (n.get("maxOccurs") or any(e.get("maxOccurs") for e in n))]
    return not odd and not any(n.tag == XS + "sequence" for n in deep) and all(
        OCCURS[(n.get("minOccurs", "1"), n.get("maxOccurs", "1"))] == "" for n in top) and node.find(".//" + XS + "any") is None


def model(part, name, queue):
    """The content model of a sequence, a choice, an element or a wildcard."""
    occurs = OCCURS[(part.get("minOccurs", "1"), part.get("maxOccurs", "1"))]
    if part.tag == XS + "any":
        return f"{part.get('namespace', '##any')}:{part.get('processContents', 'strict')}{occurs}"
    if part.tag == XS + "element":
        title, child = child_of(part, name)
        return f"{label(title)}={kind_of(child, queue)}{occurs}"
    joint = " | " if part.tag == XS + "choice" else " "
    return "( " + joint.join(model(p, name, queue) for p in part if isinstance(p.tag, str) and p.tag != XS + "annotation") + " )" + occurs


def child_of(element, owner):
    """Name and type of a child element."""
    if element.get("ref"):
        title = qname(element, element.get("ref"))
        return title, type_of(title, "element." + title[1])
    title = (element.getroottree().getroot().get("targetNamespace"), element.get("name"))
    return title, anonymous(element, (title[0], f"{owner[1]}.{title[1]}"))


def type_of(title, name):
    """The type of a global element."""
    return anonymous(elements[title], (title[0], name))


def anonymous(element, name):
    """The type of an element: by name, or the one written inside it, under a name of ours."""
    if element.get("type"):
        return qname(element, element.get("type"))
    inside = [e for e in element if e.tag in (XS + "complexType", XS + "simpleType")]
    if not inside:
        return (XS[1:-1], "anyType")
    types[name] = inside[0]
    return name


def kind_of(child, queue):
    if child[0] == XS[1:-1]:
        return "xs:" + child[1]
    if child not in queue:
        queue.append(child)
    return label(child)


def describe(name, queue, out):
    node = types[name]
    lexical, codes, children, attributes = "none", [], [], []
    here = node
    while here is not None:
        following, body = None, here
        restricted = here is not node and node.find(XS + "complexContent/" + XS + "restriction") is not None
        for step in ("simpleContent", "complexContent", "extension", "restriction"):
            deeper = body.find(XS + step)
            body = body if deeper is None else deeper
        for part in body:
            if restricted and part.tag in (XS + "sequence", XS + "choice"):
                continue
            if part.tag == XS + "sequence":
                children += list(particles(part))
            elif part.tag == XS + "choice":
                children += [(n == 0, e, part) for n, e in enumerate(part.findall(XS + "element"))]
            elif part.tag == XS + "attribute" and part.get("use") != "prohibited" and part.get("name") not in [a[0] for a in attributes]:
                base, values = simple(qname(part, part.get("type"))) if part.get("type") else ("text", [])
                attributes.append((part.get("name"), part.get("use", "optional"), base, values, facet(part)))
        if here.tag == XS + "simpleType":
            lexical, codes = simple(name)
        elif body.get("base"):
            base = qname(body, body.get("base"))
            if base in types and types[base].tag == XS + "complexType":
                following = types[base]
            else:
                lexical, codes = simple(base)
        here = following
    content = None
    if node.tag == XS + "complexType" and not is_plain(node):
        children = []
        body = [p for p in node.iter(XS + "sequence", XS + "choice")][0]
        content = model(body, name, queue)
    if node.get("mixed") == "true":
        lexical = "mixed"
    out.append(f"type {label(name)} {lexical}")
    if content:
        out.append(f"~ {content}")
    if codes:
        out.append("= " + " ".join(codes))
    for fresh, element, choice in children:
        target = qname(element, element.get("ref")) if element.get("ref") else None
        if target:
            title, kind = target, elements.get(target)
            if kind is None:
                continue
            child = type_of(target, "element." + target[1])
        else:
            schema = element.getroottree().getroot()
            form = schema.get("elementFormDefault", "unqualified")
            title = (schema.get("targetNamespace") if form == "qualified" else None, element.get("name"))
            child = anonymous(element, (name[0], f"{name[1]}.{element.get('name')}"))
        low, high = element.get("minOccurs", "1"), element.get("maxOccurs", "1").replace("unbounded", "*")
        if choice is not None:
            low = choice.get("minOccurs", "1")
        if child[0] == XS[1:-1]:
            kind = "xs:" + child[1]
        else:
            kind = label(child)
            if child not in queue:
                queue.append(child)
        out.append(f"{'-' if fresh else '/'} {label(title)} {low} {high} {kind}")
    for attribute, use, base, values, rest in sorted(attributes):
        out.append(f"@ {attribute} {use} {base}" + (" = " + " ".join(values) if values else "") + rest)


def main():
    paths = sys.argv[1:]
    known = paths.pop(1) if paths[0] == "--extensions" else None
    for path in paths[known is not None:]:
        load(path)
    roots = [r for r in (("urn:oasis:names:specification:ubl:schema:xsd:Invoice-2", "Invoice"),
                         ("urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2", "CreditNote"),
                         ("urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100", "CrossIndustryInvoice"),
                         ("urn:un:unece:uncefact:data:standard:CrossDomainAcknowledgementAndResponse:100", "CrossDomainAcknowledgementAndResponse"))
             if r in elements]
    out, queue, done = [], [], 0
    listed = set()
    if known:
        words = [line.split() for line in open(known)]
        listed = {w[1] for w in words if w[0] == "type"}
        spaces = {w[2] for w in words if w[0] == "ns"}
    for uri, prefix in PREFIX.items():
        if any(space == uri for space, _ in elements) or any(space == uri for space, _ in types):
            if not known or uri not in spaces:
                out.append(f"ns {prefix} {uri}")
    for root in sorted(r for r in elements if r not in roots) if known else roots:
        kind = type_of(root, "element." + root[1])
        out.append(f"{'global' if known else 'root'} {label(root)} {kind_of(kind, queue)}")
    while done < len(queue):
        if label(queue[done]) not in listed:
            describe(queue[done], queue, out)
        done += 1
    print("\n".join(out))


if __name__ == "__main__":
    main()
