//! Finds the comparisons of a template, and what it names.

use minijinja::Error;
use minijinja::machinery::{Token, tokenize};
use minijinja::syntax::SyntaxConfig;

use super::FILTER;

/// The filters and tests that a template names, each with its line.
#[derive(Debug, Default)]
pub(in crate::commands::merge) struct Names {
    pub(in crate::commands::merge) filters: Vec<(String, usize)>,
    pub(in crate::commands::merge) tests: Vec<(String, usize)>,
}

/// A token with the place of its first byte and that after its last.
type Placed<'s> = (Token<'s>, usize, usize);

/// The template with each comparison as a call of the filter, and what it names.
pub(in crate::commands::merge) fn checked(
    source: &str,
    syntax: SyntaxConfig,
) -> Result<(String, Names), Error> {
    let tokens = tokenize(source, false, syntax).map(|token| {
        let (token, span) = token?;
        let place = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
        Ok::<_, Error>((token, place(span.start_offset), place(span.end_offset)))
    });
    let tokens = tokens.collect::<Result<Vec<_>, _>>()?;
    let mut reader = Reader {
        source,
        tokens: &tokens,
        levels: vec![Level::default()],
        edits: Vec::new(),
    };
    reader.read();
    let mut edits = reader.edits;
    edits.sort_by_key(|edit| edit.from);
    let (mut text, mut done) = (String::with_capacity(source.len()), 0);
    for edit in &edits {
        text += source.get(done..edit.from).unwrap_or_default();
        text += &edit.text;
        done = edit.to;
    }
    text += source.get(done..).unwrap_or_default();
    Ok((text, names(source, &tokens)))
}

fn names(source: &str, tokens: &[Placed<'_>]) -> Names {
    let mut names = Names::default();
    for (at, (token, from, _)) in tokens.iter().enumerate() {
        let Token::Ident(name) = token else { continue };
        let line = 1 + source
            .get(..*from)
            .unwrap_or_default()
            .matches('\n')
            .count();
        let before = |back: usize| at.checked_sub(back).and_then(|at| tokens.get(at));
        let is_block = matches!(before(2), Some((Token::BlockStart, ..)))
            && matches!(before(1), Some((Token::Ident("filter"), ..)));
        if is_block || matches!(before(1), Some((Token::Pipe, ..))) {
            names.filters.push(((*name).to_owned(), line));
        } else if is_test(tokens, at) && *name != "not" {
            names.tests.push(((*name).to_owned(), line));
        }
    }
    names
}

/// Whether the token is the name of a test, or the `not` before it.
fn is_test(tokens: &[Placed<'_>], at: usize) -> bool {
    let before = |back: usize| {
        let token = at.checked_sub(back).and_then(|at| tokens.get(at));
        token.map(|(token, ..)| token)
    };
    let is_is = |back: usize| {
        let is_attribute = matches!(before(back + 1), Some(Token::Dot) | None);
        matches!(before(back), Some(Token::Ident("is"))) && !is_attribute
    };
    is_is(1) || matches!(before(1), Some(Token::Ident("not"))) && is_is(2)
}

/// A part of the source that is replaced.
struct Edit {
    from: usize,
    to: usize,
    text: String,
}

/// The comparison that is being read in one pair of brackets.
#[derive(Default)]
struct Level {
    /// The complete operands, and the operators that follow them.
    operands: Vec<(usize, usize)>,
    operators: Vec<(usize, usize)>,
    /// The operand that is being read.
    present: Option<(usize, usize)>,
    /// Whether the next `in` is that of a loop.
    is_loop: bool,
}

struct Reader<'s> {
    source: &'s str,
    tokens: &'s [Placed<'s>],
    levels: Vec<Level>,
    edits: Vec<Edit>,
}

impl Reader<'_> {
    fn read(&mut self) {
        let mut at = 0;
        while let Some((token, from, to)) = self.tokens.get(at) {
            let (mut end, mut count) = (*to, 1);
            if self.negates_in(at) {
                (end, count) = (self.tokens.get(at + 1).map_or(end, |next| next.2), 2);
            }
            match token {
                Token::ParenOpen | Token::BracketOpen | Token::BraceOpen => {
                    self.operand(*from, end);
                    self.levels.push(Level::default());
                }
                Token::ParenClose | Token::BracketClose | Token::BraceClose => {
                    self.end_comparison();
                    if self.levels.len() > 1 {
                        drop(self.levels.pop());
                    }
                    self.operand(*from, end);
                }
                _ if count == 2 || self.is_operator(at) => self.operator(*from, end),
                _ if self.is_boundary(at) => self.end_comparison(),
                _ => self.operand(*from, end),
            }
            at += count;
        }
        self.end_comparison();
    }

    fn token(&self, at: Option<usize>) -> Option<&Token<'_>> {
        self.tokens.get(at?).map(|(token, ..)| token)
    }

    /// Whether the token is a name of its own: an attribute, or that of a test.
    fn is_name(&self, at: usize) -> bool {
        matches!(self.token(at.checked_sub(1)), Some(Token::Dot)) || is_test(self.tokens, at)
    }

    /// Whether the token begins `not in`.
    fn negates_in(&self, at: usize) -> bool {
        matches!(self.token(Some(at)), Some(Token::Ident("not")))
            && matches!(self.token(Some(at + 1)), Some(Token::Ident("in")))
            && !self.is_name(at)
    }

    fn is_operator(&mut self, at: usize) -> bool {
        match self.token(Some(at)) {
            Some(Token::Eq | Token::Ne | Token::Gt | Token::Gte | Token::Lt | Token::Lte) => true,
            Some(Token::Ident("in")) if !self.is_name(at) => {
                let level = self.levels.last_mut();
                !level.is_some_and(|level| std::mem::take(&mut level.is_loop))
            }
            _ => false,
        }
    }

    /// Whether no operand of a comparison has this token.
    fn is_boundary(&mut self, at: usize) -> bool {
        let is_name = self.is_name(at);
        let begins = matches!(self.token(at.checked_sub(1)), Some(Token::BlockStart));
        match self.token(Some(at)) {
            Some(Token::Ident(word)) if begins => {
                let is_loop = *word == "for";
                if let Some(level) = self.levels.last_mut() {
                    level.is_loop = is_loop;
                }
                true
            }
            Some(Token::Ident("and" | "or" | "not" | "if" | "else" | "in" | "recursive")) => {
                !is_name
            }
            Some(
                Token::TemplateData(_)
                | Token::VariableStart
                | Token::VariableEnd
                | Token::BlockStart
                | Token::BlockEnd
                | Token::Comma
                | Token::Colon
                | Token::Assign,
            ) => true,
            _ => false,
        }
    }

    fn operand(&mut self, from: usize, to: usize) {
        if let Some(level) = self.levels.last_mut() {
            let (from, _) = level.present.unwrap_or((from, to));
            level.present = Some((from, to));
        }
    }

    fn operator(&mut self, from: usize, to: usize) {
        if let Some(level) = self.levels.last_mut()
            && let Some(operand) = level.present.take()
        {
            level.operands.push(operand);
            level.operators.push((from, to));
        }
    }

    /// Replaces the comparison that ends here.
    fn end_comparison(&mut self) {
        let Some(level) = self.levels.last_mut() else {
            return;
        };
        let is_loop = level.is_loop;
        let mut level = std::mem::replace(
            level,
            Level {
                is_loop,
                ..Level::default()
            },
        );
        level.operands.extend(level.present);
        // A malformed comparison stays, and is an error of its own.
        if level.operators.is_empty() || level.operands.len() != level.operators.len() + 1 {
            return;
        }
        let text =
            |(from, to): (usize, usize)| literal(self.source.get(from..to).unwrap_or_default());
        let mut edits = Vec::new();
        let mut add = |from, to, text| edits.push(Edit { from, to, text });
        for (at, operator) in level.operators.iter().enumerate() {
            let (Some(left), Some(right)) = (level.operands.get(at), level.operands.get(at + 1))
            else {
                return;
            };
            let opening = match at {
                0 => {
                    add(left.0, left.0, "((".to_owned());
                    format!(")|{FILTER}({},", text(*left))
                }
                _ => "),".to_owned(),
            };
            let call = format!("{opening}{},{},(", text(*operator), text(*right));
            add(operator.0, operator.1, call);
        }
        if let Some((_, end)) = level.operands.last() {
            add(*end, *end, ")))".to_owned());
        }
        self.edits.extend(edits);
    }
}

/// A text of one line as a Jinja literal.
fn literal(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    let text = words.join(" ");
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
