#!/usr/bin/env python3
"""Holds `facteur sandbox` against a client that no one here wrote: `chorus-api` 1.0.6 from PyPI.

    chorus_api.py http://127.0.0.1:PORT INVOICE.xml

The client logs in, deposits the invoice, reads what became of the deposit and finds the invoice, all through its own
code. It knows only the two addresses of PISTE, so they are set on the client object; nothing else of it is touched.
The invoice is one whose number the sandbox does not have yet. Credentials come from FACTEUR_SANDBOX_CLIENT_ID,
…_CLIENT_SECRET, …_LOGIN and …_PASSWORD, else they are the sandbox's own defaults.

Prints what it read; ends with 0 only if all of it is as it must be.
"""

import os
import sys
import time
import xml.etree.ElementTree as ET

from chorusapi.client import ChorusAPI
from chorusapi.constants.etat_courant_flux import EtatCourantFlux
from chorusapi.constants.syntax_flux_constant import SyntaxFlux
from chorusapi.exceptions.exception import ChorusApiException
from chorusapi.utils.chorus_utils import base_64_encode_file

PATIENCE_SECONDS = 30
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
CII = "urn:un:unece:uncefact:data:standard:"


def setting(name, default):
    return os.environ.get(f"FACTEUR_SANDBOX_{name}", default)


def client(address, **changed):
    settings = {
        "client_id": setting("CLIENT_ID", "facteur-sandbox"),
        "client_secret": setting("CLIENT_SECRET", "sandbox-secret"),
        "tech_username": setting("LOGIN", "TECH_SANDBOX@facteur.example"),
        "tech_password": setting("PASSWORD", "sandbox-password"),
    }
    made = ChorusAPI(**{**settings, **changed})
    made.auth_url = f"{address}/api/oauth/token"
    made.api_url = address
    return made


def must(is_so, what):
    if not is_so:
        sys.exit(f"mismatch: {what}")


def turned_away(action, word, what):
    try:
        action()
    except ChorusApiException as error:
        must(word in str(error), f"{what}: {word} is not in {error}")
        print(f"{what}: turned away, {error}")
    else:
        must(False, f"{what} was let in")


def number_and_syntax(path):
    """The invoice number as this script reads it, not as facteur does."""
    root = ET.parse(path).getroot()
    if root.tag == f"{{{UBL}Invoice-2}}Invoice":
        return root.findtext(f"{{{UBL}CommonBasicComponents-2}}ID").strip(), SyntaxFlux.IN_DP_E1_UBL_INVOICE
    must(root.tag == f"{{{CII}CrossIndustryInvoice:100}}CrossIndustryInvoice", f"{path} is no UBL invoice and no CII")
    document = root.find(f"{{{CII}CrossIndustryInvoice:100}}ExchangedDocument")
    number = document.findtext(f"{{{CII}ReusableAggregateBusinessInformationEntity:100}}ID")
    return number.strip(), SyntaxFlux.IN_DP_E1_CII_16B


def end_of(api, flow):
    """Polls as the client's own example does, until the deposit has ended."""
    final = {EtatCourantFlux.IN_INTEGRE.code, EtatCourantFlux.IN_REJETE.code, EtatCourantFlux.IN_INCIDENTE.code,
             EtatCourantFlux.IN_INTEGRE_PARTIEL.code}
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        report = api.consulter_cr_detaille(flow)
        must(report.code_retour == 0, f"code_retour {report.code_retour} {report.libelle}")
        print(f"deposit {flow}: {report.etat_courant_depot_flux} ({report.libelle}), since {report.date_heure_etat_courant_flux}")
        if report.etat_courant_depot_flux in final:
            return report
        must(time.monotonic() < until, f"the deposit {flow} does not end")
        time.sleep(0.2)


def deposit(api, path, name, syntax):
    answer = api.deposer_flux(base_64_encode_file(path), name, syntaxe_flux=syntax)
    must(answer.code_retour == 0, f"deposit: {answer.code_retour} {answer.libelle}")
    must(answer.numero_flux_depot and answer.syntaxe_flux == syntax and answer.date_depot, "the deposit is not told back")
    return answer.numero_flux_depot


def main(address, path):
    number, syntax = number_and_syntax(path)
    name = os.path.basename(path)

    turned_away(client(address, client_secret="wrong").auth, "invalid_client", "a wrong secret")
    turned_away(client(address, client_id="wrong").auth, "invalid_client", "a wrong application")
    stranger = client(address, tech_password="wrong").auth()
    turned_away(lambda: stranger.consulter_cr_detaille("CPP1"), "Code: 403", "a wrong technical account")

    api = client(address).auth()
    must(api.get_token(), "no token")
    must(api.health_check().status_code_value == 200, "the health check")

    flow = deposit(api, path, name, syntax)
    report = end_of(api, flow)
    must(report.etat_courant_depot_flux == EtatCourantFlux.IN_INTEGRE.code, f"{number} was not integrated")
    must(report.nomFichier == name, f"file name {report.nomFichier}")
    must(not report.liste_erreur_dp and not report.liste_erreur_technique, "an integrated deposit has errors")
    must(api.consulter_cr(flow).etat_courant_flux == EtatCourantFlux.IN_INTEGRE.code, "consulterCR says otherwise")

    found = api.rechercher_facture(flow)
    must(found.code_retour == 0 and len(found.liste_factures) == 1, f"{len(found.liste_factures)} invoices for {flow}")
    invoice = found.liste_factures[0]
    print(f"invoice {invoice.numero_facture}: {invoice.statut}, {invoice.montant_a_payer} {invoice.devise}, "
          f"id {invoice.identifiant_facture_cpp}")
    must(invoice.numero_facture == number, f"number {invoice.numero_facture} for {number}")
    must(invoice.numero_flux_depot == flow, f"flow {invoice.numero_flux_depot} for {flow}")
    must(invoice.identifiant_facture_cpp and invoice.statut, "the invoice has no id or no status")

    again = end_of(api, deposit(api, path, name, syntax))
    must(again.etat_courant_depot_flux == EtatCourantFlux.IN_REJETE.code, "the same number was taken twice")
    must([e.numero_dp for e in again.liste_erreur_dp] == [number], "the refusal does not name the invoice")
    print(f"the same again: {again.liste_erreur_dp[0].libelle_erreur_dP}")
    must(api.rechercher_facture(flow).liste_factures[0].statut, "the first one is gone")
    print("all as it must be")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1].rstrip("/"), sys.argv[2])
