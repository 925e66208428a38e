"""The page, looked at in Chromium: python page.py URL TOKEN HOSTILE_ID CHROMIUM CHROMEDRIVER SCREENSHOTS

SCREENSHOTS is a folder, or `-` for none.

Every page in French and English at 1280 and 390 pixels: no overflow, no message in the console, no request to another host,
nothing that the content security policy had to stop, nothing serious for axe. Then the flows: search and pages, a release by keyboard
alone, a problem worked on, the report, the tester, files dropped. Ends with "all as it must be".
"""

import base64
import importlib.resources
import json
import os
import pathlib
import signal
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait
from urllib3.exceptions import ReadTimeoutError

BASE, TOKEN, HOSTILE, CHROMIUM, DRIVER, SHOTS = sys.argv[1:7]
AXE = importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text()
FIXTURES = pathlib.Path("fixtures/demo/invoices").resolve()
PATIENCE = 30
FAULTS = []


class Look:
    """A browser of one language and one width."""

    def __init__(self, lang, width, dark=False):
        self.lang, self.width = lang, width
        self.home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for argument in [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--hide-scrollbars",
            "--force-prefers-reduced-motion", f"--user-data-dir={self.home.name}",
        ]:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(DRIVER))
        self.driver.command_executor.client_config.timeout = 60
        cdp = self.driver.execute_cdp_cmd
        cdp("Network.enable", {})
        agent = self.driver.execute_script("return navigator.userAgent")
        cdp("Network.setUserAgentOverride", {"userAgent": agent, "acceptLanguage": lang})
        self.sized(900)
        if dark:
            cdp("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
        stopped = "window.stopped = []; addEventListener('securitypolicyviolation', e => stopped.push(e.violatedDirective + ' ' + e.blockedURI));"
        cdp("Page.addScriptToEvaluateOnNewDocument", {"source": stopped})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # Asked to end, a browser may take minutes on a busy machine.
        for process in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if self.home.name.encode() in process.read_bytes():
                    os.kill(int(process.parent.name), signal.SIGKILL)
            except OSError:
                pass  # it ended by itself
        self.driver.service.stop()
        self.home.cleanup()

    def go(self, path):
        self.driver.get(BASE + path)

    def one(self, css):
        return WebDriverWait(self.driver, PATIENCE).until(lambda d: d.find_element(By.CSS_SELECTOR, css))

    def click(self, target):
        """In the middle of the window, so that nothing lies over it."""
        target = self.one(target) if isinstance(target, str) else target
        self.driver.execute_script("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", target)
        target.click()

    def drop(self, css, names):
        """Files from the desk onto an element, as the browser itself tells the page: enter, over (the zone is lit), drop."""
        self.one(css)
        self.driver.execute_script("document.querySelector(arguments[0]).scrollIntoView({ block: 'center', behavior: 'instant' })", css)
        box = self.driver.execute_script("const b = document.querySelector(arguments[0]).getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]", css)
        data = {"items": [], "files": [str(FIXTURES / name) for name in names], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.driver.execute_cdp_cmd("Input.dispatchDragEvent", {"type": kind, "x": box[0], "y": box[1], "data": data})
            if kind == "dragOver":
                lit = self.driver.execute_script("return document.querySelectorAll('.over').length")
                assert lit == self.driver.execute_script("return document.querySelectorAll(arguments[0]).length && arguments[0] === '[data-drop]' ? 1 : 0", css), lit

    def all(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def text(self):
        return self.driver.find_element(By.TAG_NAME, "main").text

    def until(self, what, why):
        WebDriverWait(self.driver, PATIENCE, ignored_exceptions=[Exception]).until(lambda d: what(), why)

    def login(self, token=TOKEN):
        self.go("/login")
        self.one("#token").send_keys(token)
        self.one("button.primary").click()
        self.until(lambda: urllib.parse.urlparse(self.driver.current_url).path == "/", "login")

    def sized(self, height):
        size = {"width": self.width, "height": height, "deviceScaleFactor": 1, "mobile": self.width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def shot(self, name):
        """For people, where they ask for pictures: a busy machine's browser may hang on taking one."""
        if SHOTS == "-":
            return
        self.sized(max(min(self.height(), 2000), 900))
        taken = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
        self.sized(900)
        folder = pathlib.Path(SHOTS)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}-{self.lang}-{self.width}.png").write_bytes(base64.b64decode(taken["data"]))

    def height(self):
        return self.driver.execute_script("return document.documentElement.scrollHeight")

    def sound(self, name, axe=True, allowed=()):
        """What holds on every page; faults are gathered, so that one run tells them all."""
        if name != "hostile-elsewhere":
            self.shot(name)
        script = self.driver.execute_script
        where = f"{name} {self.lang} {self.width}"

        def hold(right, why):
            if not right:
                FAULTS.append(f"{where}: {why}")

        over = script("return document.documentElement.scrollWidth - innerWidth")
        hold(over <= 0, f"{over} px too wide")
        hold(script("return document.documentElement.lang") == self.lang, "in the wrong language")
        hold(not script("return window.stopped"), f"stopped by the policy: {script('return window.stopped')}")
        hold(script("return window.pwned === undefined"), "a document ran a script")
        said = [line["message"] for line in self.driver.get_log("browser") if not any(a in line["message"] for a in allowed)]
        hold(not said, f"console: {said}")
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                # The browser's own first page is no page of ours.
                hold(url.startswith((BASE, "data:", "chrome:", "chrome-untrusted:")), f"asks {url}")
        if axe:
            script(AXE)
            found = self.driver.execute_async_script(
                "const done = arguments[0]; axe.run(document, { resultTypes: ['violations'] }).then(done)")
            for fault in found["violations"]:
                nodes = [(node["target"], node["any"][0]["message"] if node["any"] else "") for node in fault["nodes"]][:3]
                hold(fault["impact"] not in ("serious", "critical", "moderate"), f"axe: {fault['id']} {fault['impact']} {nodes}")
            script("window.stopped = []")

    def rows(self):
        return self.all(".cards tbody th a")


def pages(look):
    """Every page, looked at."""
    look.go("/")
    look.sound("login")
    look.login()
    look.sound("overview")
    for name, path in [
        ("invoices", "/invoices"), ("invoices-filtered", "/invoices?state=blocked&state=refused&verdict=invalid"),
        ("invoices-none", "/invoices?q=nobody"), ("problems", "/problems"), ("report", "/report"),
        ("report-customers", "/report?by=client"), ("customers", "/customers"), ("check", "/check"), ("rule", "/rules/BR-CO-15"),
    ]:
        look.go(path)
        look.sound(name)
    look.go("/nothing-here")
    look.sound("error", allowed=["404"])
    look.go("/invoices?q=PD-2026-0136")
    look.click(look.rows()[0])
    look.until(lambda: look.one("#findings"), "an invoice")
    look.sound("invoice-blocked")
    address = look.driver.current_url[len(BASE):]
    look.click("a[href$='/rendering']")
    look.until(lambda: look.one(".fx .fin"), "a finding beside its field")
    look.sound("rendering")
    look.go("/invoices?q=PD-2026-0135")
    look.click(look.rows()[0])
    look.click("a[href$='/rendering']")
    look.until(lambda: look.one(".x-totals .fin"), "a wrong sum at the total")
    look.click(".x-causes a")
    look.until(lambda: look.driver.current_url.endswith("#r1f0"), "the way from the cause to the field")
    look.click(".x-totals .x-place a")
    look.until(lambda: look.one("#here.marked"), "the line of the finding")
    look.go(address + "/act/release")
    look.sound("act")
    look.go(address)
    look.click(".finding .place")
    look.until(lambda: look.one("#here.marked"), "the line of the finding")
    look.sound("source")
    look.go("/invoices?state=suspended")
    look.click(look.rows()[0])
    look.until(lambda: look.one("#answers"), "raw answers")
    look.sound("invoice")
    look.go("/problems")
    look.click(look.rows()[0])
    look.until(lambda: look.one("#history"), "a problem")
    look.sound("problem")


def hostile(look):
    """A document that tries what it can is shown as what it is."""
    for path in [f"/invoices/{HOSTILE}", f"/invoices/{HOSTILE}/source", f"/invoices/{HOSTILE}/rendering",
                 f"/invoices/{HOSTILE}/act/park", "/invoices", "/"]:
        look.go(path)
        time.sleep(0.2)
        look.sound("hostile" if path.endswith(HOSTILE) else "hostile-elsewhere", axe=False)
        assert "javascript:" not in [a.get_attribute("href") for a in look.all("a")]
        size = look.driver.execute_script("return document.documentElement.outerHTML.length")
        assert size < 3_000_000, f"{path}: {size} characters of a 10 MB document"
    if look.width > 1000:
        look.go("/invoices")
        heights = "return [...document.querySelectorAll('.cards tbody tr')].slice(1).map(row => row.offsetHeight)"
        before = look.driver.execute_script(heights)
        look.driver.execute_script(
            "const cell = document.querySelector('.cards td.num'); cell.classList.add('long');"
            "cell.firstElementChild.textContent = '\u221299,999,999,999,999,999,999.99 EUR'")
        assert look.driver.execute_script(heights) == before, "a long amount squeezes the rows of others"
    look.go(f"/invoices/{HOSTILE}")
    text = look.text()
    assert "<script>window.pwned=1</script>" in text and "\u202e" not in text and "\\u{202e}" in text
    assert "javascript:window.pwned=1" in text, "shown as text"


def search(look):
    """Search, filter, the address, pages that do not move."""
    look.go("/invoices")
    look.one("#q").send_keys("saint aubin" + Keys.ENTER)
    look.until(lambda: "q=saint" in look.driver.current_url, "the filter in the address")
    assert look.rows() and all("Saint-Aubin" in row.text for row in look.all(".cards tbody tr"))
    look.go("/invoices?state=refused")
    assert len({row.text for row in look.all(".cards tbody td .chip.s-refused")}) == 1
    look.go("/invoices?q=21212121400010&from=2026-10-25&to=2026-10-28")
    assert 1 <= len(look.rows()) <= 5
    look.go("/invoices?after=" + HOSTILE)
    assert look.rows() and look.one("a[rel=prev]")


def by_keyboard(look):
    """From the front page to a released invoice at the platform, without a mouse."""
    def tab_to(test, why, most=120):
        stops = []
        for _ in range(most):
            # As a keyboard does: keys sent to a field of a date would enter it anew each time.
            ActionChains(look.driver).send_keys(Keys.TAB).perform()
            stop = look.driver.switch_to.active_element
            if test(stop):
                return stop
            stops.append(f"{stop.tag_name} {stop.get_attribute('id')} {stop.get_attribute('href')}")
        raise AssertionError(f"never reached by keyboard: {why}; the stops: {stops[-40:]}")

    look.go("/")
    look.driver.execute_script("document.activeElement.blur()")
    look.one("body").send_keys(Keys.TAB)
    assert look.driver.switch_to.active_element.get_attribute("class") == "skip", "the first stop skips the navigation"
    tab_to(lambda e: (e.get_attribute("href") or "").endswith("/invoices"), "invoices").send_keys(Keys.ENTER)
    look.until(lambda: look.one("#q"), "the list")
    tab_to(lambda e: e.get_attribute("id") == "q", "search").send_keys("PD-2026-0135" + Keys.ENTER)
    look.until(lambda: len(look.rows()) == 1, "one invoice")
    shown = look.driver.execute_script("const s = getComputedStyle(document.querySelector('#q')); return s.outlineStyle")
    tab_to(lambda e: "/invoices/" in (e.get_attribute("href") or ""), "the invoice").send_keys(Keys.ENTER)
    look.until(lambda: look.one(".next"), "the invoice")
    release = tab_to(lambda e: (e.get_attribute("href") or "").endswith("/act/release"), "release")
    outline = look.driver.execute_script("return getComputedStyle(arguments[0]).outlineStyle", release)
    assert outline == "solid", f"focus is not seen: {outline} {shown}"
    release.send_keys(Keys.ENTER)
    look.until(lambda: look.one("#author"), "the confirmation")
    tab_to(lambda e: e.get_attribute("id") == "author", "name").send_keys("Camille")
    tab_to(lambda e: e.get_attribute("id") == "reason", "reason").send_keys("One cent, agreed with the customer.")
    tab_to(lambda e: e.tag_name == "button" and "primary" in e.get_attribute("class"), "the button").send_keys(Keys.ENTER)
    look.until(lambda: look.one(".notice"), "the notice")
    look.sound("released")
    for _ in range(100):
        look.driver.refresh()
        if look.all(".headline .s-delivered, .headline .s-accepted, .headline .s-paid"):
            break
        time.sleep(0.2)
    else:
        raise AssertionError("released, and never delivered: " + look.text()[:400])
    assert "Camille (first)" in look.text() and "One cent, agreed with the customer." in look.text()


def meanwhile(look):
    """Somebody else acts while a reason is typed: nothing of it is lost, and it can be sent once more."""
    def other(path, act):
        request = urllib.request.Request(f"{BASE}/v1{path}/{act}", json.dumps({"author": "Paul", "reason": "mine first"}).encode(), {
            "Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"})
        return urllib.request.urlopen(request).status

    look.go("/invoices?q=PD-2026-0136")
    look.click(look.rows()[0])
    look.click(".next a[href$='/act/park']")
    look.one("#author").send_keys("Zoé")
    look.one("#reason").send_keys("Waiting for the price list;\nthe buyer calls back <Tuesday>.")
    invoice = "/invoices/" + look.driver.current_url.split("/invoices/")[1].split("/")[0]
    assert other(invoice, "park") == 200 and other(invoice, "retry") == 200
    request = urllib.request.Request(f"{BASE}/v1{invoice}", headers={"Authorization": f"Bearer {TOKEN}"})
    look.until(lambda: json.load(urllib.request.urlopen(request))["state"] == "blocked", "blocked again")
    look.click("main button.primary")
    look.until(lambda: look.one("#wrong"), "told")
    look.sound("meanwhile", allowed=["409"])
    assert look.one("#reason").get_attribute("value") == "Waiting for the price list;\nthe buyer calls back <Tuesday>."
    assert look.one("#author").get_attribute("value") == "Zoé"
    look.click("main button.primary")
    look.until(lambda: look.one(".notice"), "parked now")
    assert "the buyer calls back <Tuesday>." in look.text()


def taken(look):
    """An invoice whose number another one holds leads to it, and is not offered for release."""
    look.go("/")
    first = next(row for row in look.all(".rows li") if "MK-2026-061" in row.text)
    assert first.find_element(By.CSS_SELECTOR, ".rival .s-refused")
    look.click(first.find_element(By.TAG_NAME, "a"))
    look.until(lambda: look.one(".next .rival a"), "the other one is named")
    assert not look.all("a[href$='/act/release']")
    look.sound("number-taken")
    look.click(".next .rival a")
    look.until(lambda: look.one(".headline .s-refused"), "the other one")
    assert look.one("h1").text == "MK-2026-061"


def problem(look):
    look.go("/problems?cause=A4")
    look.click(look.rows()[0])
    look.one("#owner").send_keys("Nadia")
    look.one("#action").send_keys("Call the buyer")
    look.driver.execute_script("document.querySelector('#due').value = '2026-12-01'")
    look.one("#comment").send_keys("price list <b>of June</b>")
    look.one("#comment").submit()
    look.until(lambda: look.one(".notice"), "kept")
    text = look.text()
    assert "Nadia" in text and "price list <b>of June</b>" in text and "Call the buyer" in text
    Select(look.one("#cause")).select_by_value("B1")
    look.one("#cause").submit()
    look.until(lambda: look.one("h1").text.startswith("B1"), "requalified")
    look.one("#why").send_keys("credit note sent")
    look.one("#why").submit()
    look.until(lambda: look.one(".headline .s-closed"), "closed")
    look.one("#why").submit()
    look.until(lambda: not look.all(".headline .s-closed"), "open again")
    assert len(look.all(".timeline li")) >= 6
    look.sound("problem-worked")
    look.go("/problems?owner=Nadia")
    assert len(look.rows()) == 1


def report(look):
    look.go("/report")
    bars = look.all(".pareto rect")
    assert len(bars) >= 5 and look.one(".pareto polyline")
    heights = [float(bar.get_attribute("height")) for bar in look.all(".pareto")[0].find_elements(By.CSS_SELECTOR, "rect")]
    assert heights == sorted(heights, reverse=True)
    assert 980 <= sum(heights) <= 1020, "bars and line have one scale"
    whole = look.all(".report .whole .num:nth-child(4)")
    total = look.one(".report tfoot .num:nth-child(4)")
    first = look.all("table.report")[0]
    counted = [int(cell.text) for cell in first.find_elements(By.CSS_SELECTOR, ".whole .num:nth-child(4)")]
    assert whole and sum(counted) == int(total.text), "categories add up to the total"
    look.go("/report?at=2020-01-01")
    assert not look.all("table.report"), "nothing was wrong then"


def tester(look):
    look.go("/customers")
    look.until(lambda: look.rows(), "customers")
    look.click(next(a for a in look.rows() if "Saint-Aubin" in a.text))
    look.until(lambda: look.one("#toml"), "the customer")
    Select(look.one("#invoice")).select_by_index(1)
    look.one("#invoice").submit()
    look.until(lambda: look.all("#result .outcomes > li"), "outcomes")
    look.sound("customer-tried")
    look.click("form details.fold summary")
    area = look.one("#toml")
    before = area.get_attribute("value")
    area.send_keys("\n[[require]]\nterm = \"BT-999\"\n")
    Select(look.one("#invoice")).select_by_index(1)
    area.submit()
    look.until(lambda: "BT-999" in look.one("#result").text and look.one("#result .sev-fatal"), "a fault of the edited text")
    assert ".toml:" in look.one("#result").text
    area = look.one("#toml")
    look.driver.execute_script("arguments[0].value = arguments[1]", area, before + '\n[[require]]\nterm = "BT-19"\n')
    Select(look.one("#invoice")).select_by_index(1)
    area.submit()
    look.until(lambda: "BT-19" in look.one("#result").text, "the edited rule")
    look.sound("customer-edited")
    look.go(look.driver.current_url[len(BASE):])
    assert "BT-19" not in look.one("#toml").get_attribute("value"), "nothing was saved"


def dropped(look):
    look.go("/check")
    files = ["12-wrong-sum-one-cent.xml", "01-good-ubl-mairie.xml", "17-unreadable-image.xml"]
    look.one("#file").send_keys("\n".join(str(FIXTURES / name) for name in files))
    time.sleep(0.3)
    assert not look.all(".result"), "chosen is not sent"
    look.click("main button.primary")
    look.until(lambda: len(look.all(".result")) == 3, "three results")
    assert look.driver.switch_to.active_element.get_attribute("id") == "result", "the result has the focus"
    assert look.driver.title.startswith({"fr": "Résultat", "en": "Result"}[look.lang])
    assert [c.get_attribute("class").split("v-")[1] for c in look.all(".result h3 .chip")] == ["invalid", "valid", "not-judged"]
    look.sound("checked")
    look.click("form details.fold summary")
    look.one("#text").send_keys("<Invoice/>")
    look.one("#text").submit()
    look.until(lambda: len(look.all(".result")) == 1, "pasted")
    look.go("/check")
    look.drop("[data-drop]", files[:2])
    look.until(lambda: len(look.all(".result")) == 2, "what is dropped is checked at once")
    told = [(r.find_element(By.CSS_SELECTOR, "h3 bdi").text, r.find_element(By.CSS_SELECTOR, "h3 .chip").text) for r in look.all(".result")]
    verdicts = {"fr": ("non valide", "valide"), "en": ("invalid", "valid")}[look.lang]
    assert told == list(zip(files[:2], verdicts)), told
    assert "BR-CO-10" in look.all(".result")[0].text and "BR-CO-10" not in look.all(".result")[1].text
    look.sound("dropped")
    # A credit note counts against what is owed, here as everywhere.
    look.go("/check")
    look.drop("[data-drop]", ["03-good-creditnote-mairie.xml"])
    look.until(lambda: "03-good" in look.one(".result").text, "the credit note")
    assert "\u2212" in look.one(".result .facts-line .num").text
    # Beside the zone nothing is taken, and nothing opens in place of the page.
    look.go("/check")
    look.drop("h1", files[:1])
    time.sleep(0.5)
    assert look.driver.current_url == BASE + "/check" and not look.all(".result"), look.driver.current_url


def language(look):
    look.go("/invoices?state=blocked")
    look.click(".who a")
    look.until(lambda: look.driver.execute_script("return document.documentElement.lang") != look.lang, "the other language")
    assert look.driver.current_url.endswith("/invoices?state=blocked"), "and the same page"
    look.click(".who a")
    look.until(lambda: look.driver.execute_script("return document.documentElement.lang") == look.lang, "and back")


def read_only(lang, width):
    with Look(lang, width) as look:
        pages(look)
        dropped(look)
        tester(look)
        if width == 390:
            hostile(look)
        language(look)
        print(f"{lang} {width}: every page")


def watched(lang, width):
    try:
        read_only(lang, width)
    except ReadTimeoutError as hung:
        # A browser on a busy machine may never paint again. Nothing was changed by then: another one looks, once.
        print(f"{lang} {width}: the browser hung, another one looks: {hung}")
        FAULTS[:] = [fault for fault in FAULTS if f" {lang} {width}: " not in fault]
        read_only(lang, width)


def main():
    # What only reads is looked at by two browsers at once: most of the time each waits for the other side.
    with ThreadPoolExecutor(2) as two:
        for look in [two.submit(watched, lang, width) for lang in ("fr", "en") for width in (1280, 390)]:
            look.result()
    with Look("en", 1280) as look:
        look.login()
        for flow in (search, hostile, taken, meanwhile, by_keyboard, problem, report):
            flow(look)
            print(f"flow {flow.__name__}")
        look.click(".who button")
        look.until(lambda: look.one("#token"), "logged out")
        look.go("/invoices")
        assert "/login" in look.driver.current_url
    with Look("fr", 1280, dark=True) as look:
        look.login()
        for path in ("/", "/invoices", "/report", f"/invoices/{HOSTILE}"):
            look.go(path)
            look.sound("dark" if path == "/" else "dark-" + path.split("/")[1])
    assert not FAULTS, "\n" + "\n".join(FAULTS)
    print("all as it must be")


main()
