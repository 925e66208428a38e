//! Paths and questions over the element tree.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;

use crate::decimal::{self, BadDecimal, Decimal};
use crate::invoice::{Invoice, Syntax};
use crate::rules::check::{Check, CodeList, Codes, trim};
use crate::rules::en16931::bases::Bases;
use crate::rules::en16931::vat::Facts;
use crate::rules::en16931::vat_said;
use crate::rules::extended::Extended;
use crate::rules::facturx::Sublines;
use crate::rules::france::Whole;
use crate::xml::{Name, NodeId, Tree};

use super::by_name::ByName;
use super::count::normalized;
use super::effort::Effort;
use super::near::{self, Near};
use super::number::{Cast, beside_an_integer, double, is_number};
use super::{Ask, Broken, Context, Crash, Fold, From, Path, Step, Verdict, Which};

/// A document under judgement, with what several rules ask of it computed once.
pub struct Scene<'t, 'a> {
    pub tree: &'t Tree<'a>,
    pub syntax: Syntax,
    /// Was it written of EDIFACT or X12? No official artefact judges those: where that of CII lets pass what a rule means to refuse, the rule's sense holds.
    pub edi: bool,
    facts: OnceCell<Result<Facts, Crash>>,
    by_name: OnceCell<ByName>,
    bases: OnceCell<Option<Bases<'t>>>,
    vat_codes: OnceCell<vat_said::Codes<'t>>,
    whole: OnceCell<Whole>,
    extended: OnceCell<Box<Extended<'t>>>,
    sublines: OnceCell<Sublines>,
    /// Answers that do not depend on the element: is there any at this path of the document?
    known: RefCell<Vec<(*const Path, bool)>>,
    /// The last text found in a code list: documents say the same currency, unit and category over and over.
    codes: [Cell<Option<(&'static CodeList, &'t str)>>; 8],
    /// The nearest codes to texts that lists do not have: a wrong code seldom stands once.
    near: RefCell<HashMap<(*const CodeList, String), Near>>,
    /// What is looked at over and over.
    pub(super) effort: Effort,
}

impl<'t, 'a> Scene<'t, 'a> {
    pub fn new(tree: &'t Tree<'a>, syntax: Syntax) -> Self {
        Self {
            tree,
            syntax,
            edi: false,
            facts: OnceCell::new(),
            by_name: OnceCell::new(),
            bases: OnceCell::new(),
            vat_codes: OnceCell::new(),
            whole: OnceCell::new(),
            extended: OnceCell::new(),
            sublines: OnceCell::new(),
            known: RefCell::new(Vec::new()),
            codes: Default::default(),
            near: RefCell::default(),
            effort: Effort::of(tree),
        }
    }

    /// Of an invoice, with what it came as.
    pub fn of(invoice: &'t Invoice<'a>) -> Self {
        Self { edi: invoice.origin().is_some(), ..Self::new(invoice.tree(), invoice.syntax()) }
    }

    /// VAT categories and parties of the whole document.
    pub fn facts(&self) -> Result<&Facts, Crash> {
        self.facts.get_or_init(|| Facts::of(self)).as_ref().map_err(Clone::clone)
    }

    /// The codes of VAT categories, with their rates.
    pub fn vat_codes(&self) -> &vat_said::Codes<'t> {
        self.vat_codes.get_or_init(|| vat_said::Codes::of(self))
    }

    /// The bases of VAT categories in UBL, where they can be added up once.
    pub fn bases(&self) -> Option<&Bases<'t>> {
        self.bases.get_or_init(|| Bases::of(self)).as_ref()
    }

    /// What the French rules ask of the whole document.
    pub fn whole(&self) -> &Whole {
        self.whole.get_or_init(|| Whole::of(self))
    }

    /// What the rules of EXTENDED-CTC-FR ask of the whole document.
    pub fn extended(&self) -> &Extended<'t> {
        self.extended.get_or_init(Box::default)
    }

    /// Lines of Factur-X EXTENDED by the lines that bear them.
    pub fn sublines(&self) -> &Sublines {
        self.sublines.get_or_init(|| Sublines::of(self))
    }

    /// Do the names of an element and of those around it fit a context, of which it has the last? So for all elements of its shape.
    pub fn stands_in(&self, node: NodeId, context: &'static Context) -> bool {
        let [before @ .., last] = context.steps else { return false };
        // A known name is the last step's, or it would not be asked.
        if !self.tree.node(node).name.is_known() && !self.is_named(node, last) {
            return false;
        }
        let mut here = node;
        for step in before.iter().rev() {
            if here == 0 {
                return false;
            }
            here = self.tree.node(here).parent;
            if !self.is_named(here, step) {
                return false;
            }
        }
        !context.anchored || here == 0
    }

    /// Does an element whose names fit a context satisfy its conditions? An error in one makes it no match, as in XSLT.
    pub fn satisfies_all(&self, node: NodeId, context: &'static Context) -> bool {
        let mut here = node;
        context.steps.iter().rev().all(|step| {
            let ask = || self.satisfies(here, step);
            // What is around many elements is asked once for all of them.
            let satisfied = match step.only {
                [] => true,
                only if here != node && self.effort.is_wide(self.tree, here) => {
                    self.once(here, only.as_ptr().addr(), ask).unwrap_or(false)
                }
                _ => ask().unwrap_or(false),
            };
            here = self.tree.node(here).parent;
            satisfied
        })
    }

    /// The answer to a question about an element.
    pub fn ask(&self, node: NodeId, ask: &'static Ask) -> Result<bool, Crash> {
        match self.asked_of_another(node, ask) {
            Some(other) => self.once(other, std::ptr::from_ref(ask).addr(), || self.answer(node, ask)),
            None => self.answer(node, ask),
        }
    }

    fn answer(&self, node: NodeId, ask: &'static Ask) -> Result<bool, Crash> {
        match ask {
            Ask::True => Ok(true),
            Ask::Edi => Ok(self.edi),
            Ask::Check(path, check) => self.check(node, path, check),
            Ask::Same(path, fold, values) => self.same(node, path, *fold, values),
            Ask::Bool(path, wanted) => self.visit(node, path, &mut |n| Ok(self.boolean(n)? == *wanted)),
            Ask::Number(path, Cast::Double, order, than) => self.visit(node, path, &mut |n| {
                let found = beside_an_integer(self.value(n, path)).ok_or_else(|| self.crash(n, Broken::NotANumber))?;
                Ok(order.holds(found, *than as f64))
            }),
            Ask::Number(path, Cast::Decimal, order, than) => {
                let Some(found) = self.single(node, path)? else { return Ok(false) };
                Ok(order.holds(self.decimal(found)?, Decimal::from(*than)))
            }
            Ask::Fraction(path, most) => Ok(self.single(node, path)?.is_none_or(|n| {
                let text = self.value(n, path);
                let digits = text.bytes().position(|b| b == b'.').and_then(|at| text.get(at + 1..)).unwrap_or_default();
                digits.len() <= *most || digits.chars().count() <= *most
            })),
            Ask::Long(path, least) => {
                Ok(self.single(node, path)?.is_some_and(|n| self.value(n, path).chars().count() >= *least))
            }
            Ask::Brief(path, most) => {
                Ok(self.single(node, path)?.is_none_or(|n| self.value(n, path).chars().count() <= *most))
            }
            Ask::Match(path, normal, pattern) => {
                let text = self.single(node, path)?.map_or("", |n| self.value(n, path));
                Ok(if *normal { pattern.matches(&normalized(text)) } else { pattern.matches(text) })
            }
            Ask::Digits(path, all, fraction, signed) => {
                let text = self.single(node, path)?.map_or("", |n| self.value(n, path));
                Ok(is_number(trim(text), *all, *fraction, *signed))
            }
            Ask::Unique(path) => Ok(self.repeated(node, path)?.is_none()),
            Ask::Count(path, min, max) => {
                // One more than there may be is enough; where conditions may end in an error, all are looked at.
                let most = if path.names.is_some() { *max } else { usize::MAX };
                let mut count = 0usize;
                self.each(node, path, &mut |_| {
                    count += 1;
                    count > most
                })?;
                Ok((*min..=*max).contains(&count))
            }
            Ask::Distinct(path, fold, most) => self.at_most(node, path, *fold, *most),
            Ask::Named(name) => Ok(self.tree.node(node).name == *name),
            Ask::Within(name) => Ok(self.is_within(node, *name)),
            Ask::All(all) => {
                for one in *all {
                    if !self.ask(node, one)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Ask::Any(any) => {
                for one in *any {
                    if self.ask(node, one)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Ask::Not(one) => Ok(!self.ask(node, one)?),
            Ask::When(only, then) => Ok(!self.ask(node, only)? || self.ask(node, then)?),
            Ask::Item(item, told) => Ok(matches!(item(self, node, told)?, Verdict::Holds)),
        }
    }

    fn is_within(&self, node: NodeId, name: Name) -> bool {
        let mut here = node;
        while here != 0 {
            here = self.tree.node(here).parent;
            if self.tree.node(here).name == name {
                return true;
            }
        }
        false
    }

    /// Calls `f` for the elements of a path (those that have the attribute, where it ends in one) until it says true.
    pub fn each(&self, node: NodeId, path: &'static Path, f: &mut impl FnMut(NodeId) -> bool) -> Result<bool, Crash> {
        let mut found = |n: NodeId| path.attribute.is_none_or(|name| self.tree.attribute(n, name).is_some()) && f(n);
        match (path.from, path.names) {
            // Most paths are one step: a loop, and no recursion.
            (From::Here, Some([name])) if !self.tree.is_wide(node) => {
                Ok(self.tree.children(node).any(|n| self.tree.node(n).name == *name && found(n)))
            }
            (From::Here, Some(names)) => Ok(self.along(node, names, &mut found)),
            (From::Root, Some([first, rest @ ..])) => {
                Ok(self.tree.node(0).name == *first && self.along(0, rest, &mut found))
            }
            (From::Anywhere, Some([first, rest @ ..])) => {
                Ok(self.named(*first).any(|n| self.along(n, rest, &mut found)))
            }
            _ => self.visit(node, path, &mut |n| Ok(f(n))),
        }
    }

    /// A path of names alone, from an element.
    fn along(&self, node: NodeId, names: &[Name], f: &mut impl FnMut(NodeId) -> bool) -> bool {
        let [name, rest @ ..] = names else { return f(node) };
        if self.tree.is_wide(node) {
            return self.all(node, *name).any(|n| self.along(n, rest, f));
        }
        let nodes = self.tree.nodes();
        let (mut at, end) = (node + 1, self.tree.node(node).end);
        while at < end {
            let child = &nodes[at as usize];
            if child.name == *name && if rest.is_empty() { f(at) } else { self.along(at, rest, f) } {
                return true;
            }
            at = child.end;
        }
        false
    }

    /// The same where `f` may find an error.
    pub fn visit(
        &self,
        node: NodeId,
        path: &'static Path,
        f: &mut dyn FnMut(NodeId) -> Result<bool, Crash>,
    ) -> Result<bool, Crash> {
        if path.from == From::Here && path.names.is_some() {
            let mut error = None;
            let found = self.each(node, path, &mut |n| f(n).unwrap_or_else(|e| error.replace(e).is_none()))?;
            return error.map_or(Ok(found), Err);
        }
        let mut found = |n: NodeId| match path.attribute {
            Some(name) if self.tree.attribute(n, name).is_none() => Ok(false),
            _ => f(n),
        };
        match (path.from, path.whole.steps) {
            (From::Here, steps) => self.walk(node, steps, &mut found),
            (From::Root, [first, rest @ ..]) if self.is_named(0, first) && self.satisfies(0, first)? => {
                self.walk(0, rest, &mut found)
            }
            (From::Anywhere, [first, rest @ ..]) => {
                let mut here = |n: NodeId| Ok(self.satisfies(n, first)? && self.walk(n, rest, &mut found)?);
                match first.which {
                    Which::Named(name) => any(self.named(name), &mut here),
                    _ => any((0..self.tree.len() as NodeId).filter(|&n| self.is_named(n, first)), &mut here),
                }
            }
            _ => Ok(false),
        }
    }

    /// The only element of a path; an error where there are two.
    pub fn single(&self, node: NodeId, path: &'static Path) -> Result<Option<NodeId>, Crash> {
        // Most often what is asked about is the element itself.
        if let (From::Here, Some([])) = (path.from, path.names) {
            return Ok(Some(node).filter(|n| path.attribute.is_none_or(|name| self.tree.attribute(*n, name).is_some())));
        }
        let (mut only, mut second) = (None, None);
        self.each(node, path, &mut |n| {
            match only {
                None => only = Some(n),
                Some(_) => second = Some(n),
            }
            second.is_some()
        })?;
        match second {
            Some(second) => Err(self.crash(second, Broken::TwoValues)),
            None => Ok(only),
        }
    }

    /// All elements of that name, in the order of the document.
    pub fn named(&self, name: Name) -> impl Iterator<Item = NodeId> + '_ {
        self.by_name.get_or_init(|| ByName::of(self.tree)).all(self.tree, name).take_while(|_| self.effort.spend())
    }

    /// Child elements of that name.
    pub fn all(&self, node: NodeId, name: Name) -> impl Iterator<Item = NodeId> + '_ {
        let wide = self.tree.is_wide(node);
        self.tree.all(node, name).take_while(move |_| !wide || self.effort.spend())
    }

    pub fn has(&self, node: NodeId, name: Name) -> bool {
        self.tree.child(node, name).is_some()
    }

    /// The only child of that name; an error where there are two.
    pub fn child(&self, node: NodeId, name: Name) -> Result<Option<NodeId>, Crash> {
        let mut all = self.all(node, name);
        match (all.next(), all.next()) {
            (_, Some(second)) => Err(self.crash(second, Broken::TwoValues)),
            (only, None) => Ok(only),
        }
    }

    /// `xs:decimal(name)`: the number of the only child of that name.
    pub fn decimal_of(&self, node: NodeId, name: Name) -> Result<Option<Decimal>, Crash> {
        self.child(node, name)?.map(|n| self.decimal(n)).transpose()
    }

    /// `xs:decimal(name[1])`: the number of the first child of that name.
    pub fn first_decimal(&self, node: NodeId, name: Name) -> Result<Option<Decimal>, Crash> {
        self.tree.child(node, name).map(|n| self.decimal(n)).transpose()
    }

    /// The number an element holds.
    pub fn decimal(&self, node: NodeId) -> Result<Decimal, Crash> {
        decimal::parse(self.tree.text_of(node)).map_err(|e| match e {
            BadDecimal::NotANumber => self.crash(node, Broken::NotADecimal),
            BadDecimal::TooManyDigits => self.crash(node, Broken::TooManyDigits),
        })
    }

    /// The number an element holds, as a double.
    pub fn double(&self, node: NodeId) -> Result<f64, Crash> {
        double(self.tree.text_of(node)).ok_or_else(|| self.crash(node, Broken::NotANumber))
    }

    /// The boolean an element holds.
    pub fn boolean(&self, node: NodeId) -> Result<bool, Crash> {
        match trim(self.tree.text_of(node)) {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(self.crash(node, Broken::NotABoolean)),
        }
    }

    /// The text of an element, blanks around it removed.
    pub fn text(&self, node: NodeId) -> &'t str {
        trim(self.tree.text_of(node))
    }

    pub fn attribute(&self, node: NodeId, name: Name) -> Option<&'t str> {
        self.tree.attribute(node, name).map(|a| self.tree.text(a.value))
    }

    pub fn crash(&self, node: NodeId, what: Broken) -> Crash {
        Crash::new(node, what, crate::rules::predicate::quote(self.text(node)))
    }

    /// The text that a path ends in, at one of its elements.
    pub fn value(&self, node: NodeId, path: &Path) -> &'t str {
        match path.attribute {
            Some(name) => self.attribute(node, name).unwrap_or_default(),
            None => self.tree.text_of(node),
        }
    }

    fn check(&self, node: NodeId, path: &'static Path, check: &'static Check) -> Result<bool, Crash> {
        match check {
            Check::Exists if path.from == From::Here => self.each(node, path, &mut |_| true),
            Check::Exists => {
                let key: *const Path = path;
                if let Some((_, known)) = self.known.borrow().iter().find(|(p, _)| *p == key) {
                    return Ok(*known);
                }
                let answer = self.each(node, path, &mut |_| true)?;
                self.known.borrow_mut().push((key, answer));
                Ok(answer)
            }
            presence if presence.is_presence() => {
                Ok(self.single(node, path)?.is_some_and(|n| check.counts(self.value(n, path))))
            }
            Check::OneOf(Codes::Table(list)) => {
                Ok(self.single(node, path)?.is_some_and(|n| self.is_code(list, self.value(n, path))))
            }
            Check::OneOf(codes @ Codes::Listed(_)) => {
                Ok(self.single(node, path)?.is_none_or(|n| codes.contains(self.value(n, path))))
            }
            // The length of nothing is zero.
            Check::Length { min: 0, .. } => {
                Ok(self.single(node, path)?.is_none_or(|n| check.accepts(self.value(n, path))))
            }
            _ => Ok(self.single(node, path)?.is_some_and(|n| check.accepts(self.value(n, path)))),
        }
    }

    /// The codes of a list nearest to a text.
    pub(super) fn near(&self, list: &'static CodeList, found: &str) -> Near {
        let key = (std::ptr::from_ref(list), found.to_owned());
        self.near.borrow_mut().entry(key).or_insert_with(|| near::of(list, found)).clone()
    }

    fn is_code(&self, list: &'static CodeList, text: &'t str) -> bool {
        // Lists are some dozens of words apart; two that share a place only forget each other.
        let place = std::ptr::from_ref(list).addr() / size_of::<CodeList>() % self.codes.len();
        let Some(last) = self.codes.get(place) else { return list.contains(text) };
        if last.get().is_some_and(|(known, code)| std::ptr::eq(known, list) && code == text) {
            return true;
        }
        let found = list.contains(text);
        if found {
            last.set(Some((list, text)));
        }
        found
    }

    fn same(&self, node: NodeId, path: &'static Path, fold: Fold, values: &[&str]) -> Result<bool, Crash> {
        let fits = |text: &str| match fold {
            Fold::Exact => values.contains(&text),
            Fold::Unlike => !values.contains(&text),
            Fold::Listed => !text.is_empty() && !values.contains(&text),
            Fold::Trim => values.contains(&trim(text)),
            Fold::Upper => values.iter().any(|v| text.eq_ignore_ascii_case(v)),
            Fold::TrimUpper | Fold::OnlyTrimUpper => values.iter().any(|v| trim(text).eq_ignore_ascii_case(v)),
        };
        if let (Fold::Trim | Fold::Upper | Fold::TrimUpper, From::Here, Some([before @ .., last])) =
            (fold, path.from, path.names)
        {
            let mut crash = None;
            let found = self.along(node, before, &mut |parent| match self.child(parent, *last) {
                Ok(only) => only.is_some_and(|n| fits(self.value(n, path))),
                Err(two) => crash.replace(two).is_none(),
            });
            return crash.map_or(Ok(found), Err);
        }
        match (fold, path.whole.steps) {
            // A function is applied to the last step: it takes one value from each element before it.
            (Fold::Trim | Fold::Upper | Fold::TrimUpper | Fold::OnlyTrimUpper, [before @ .., last])
                if path.from == From::Here =>
            {
                let (mut one, mut found) = (None, false);
                self.walk(node, before, &mut |parent| {
                    if fold == Fold::OnlyTrimUpper && one.replace(parent).is_some() {
                        return Err(self.crash(parent, Broken::TwoValues));
                    }
                    let mut only = None;
                    self.walk(parent, std::slice::from_ref(last), &mut |child| match only.replace(child) {
                        Some(_) => Err(self.crash(child, Broken::TwoValues)),
                        None => Ok(false),
                    })?;
                    let fits = only.is_some_and(|n| fits(self.value(n, path)));
                    found |= fits;
                    Ok(fits && fold != Fold::OnlyTrimUpper)
                })?;
                Ok(found)
            }
            _ => {
                let found = self.each(node, path, &mut |n| fits(self.value(n, path)))?;
                Ok(found != (fold == Fold::Listed))
            }
        }
    }

    fn walk(
        &self,
        node: NodeId,
        steps: &'static [Step],
        f: &mut dyn FnMut(NodeId) -> Result<bool, Crash>,
    ) -> Result<bool, Crash> {
        let [step, rest @ ..] = steps else { return f(node) };
        if step.which == Which::Parent {
            return if node == 0 { Ok(false) } else { self.walk(self.tree.node(node).parent, rest, f) };
        }
        match step.which {
            Which::Named(name) if self.tree.is_wide(node) => self.walk_on(self.all(node, name), step, rest, f),
            _ => self.walk_on(self.tree.children(node).filter(|&n| self.is_named(n, step)), step, rest, f),
        }
    }

    fn walk_on(
        &self,
        named: impl Iterator<Item = NodeId>,
        step: &'static Step,
        rest: &'static [Step],
        f: &mut dyn FnMut(NodeId) -> Result<bool, Crash>,
    ) -> Result<bool, Crash> {
        for child in named {
            if self.satisfies(child, step)? {
                if self.walk(child, rest, f)? {
                    return Ok(true);
                }
                if step.first {
                    break;
                }
            }
        }
        Ok(false)
    }

    #[inline(always)]
    fn is_named(&self, node: NodeId, step: &Step) -> bool {
        match step.which {
            Which::Named(name) => self.tree.node(node).name == name,
            _ => self.is_named_loosely(node, step),
        }
    }

    fn is_named_loosely(&self, node: NodeId, step: &Step) -> bool {
        match step.which {
            Which::Named(name) => self.tree.node(node).name == name,
            Which::Ending(space, end) => {
                let (own, local) = self.tree.expanded(self.tree.node(node).name);
                local.ends_with(end) && space.is_none_or(|space| own == space)
            }
            Which::Any => true,
            Which::Parent => false,
        }
    }

    fn satisfies(&self, node: NodeId, step: &Step) -> Result<bool, Crash> {
        for ask in step.only {
            if !self.ask(node, ask)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Is the answer yes for any of these? Asked in order, until one is.
fn any(
    mut nodes: impl Iterator<Item = NodeId>,
    f: &mut dyn FnMut(NodeId) -> Result<bool, Crash>,
) -> Result<bool, Crash> {
    loop {
        match nodes.next().map(&mut *f) {
            None => return Ok(false),
            Some(Ok(false)) => {}
            Some(answer) => return answer,
        }
    }
}
