//! One row, as templates see it.

use std::fmt;
use std::io::BufReader;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectExt as _, Value};

use super::decode::Decoded;

/// The decoded text of a data file.
pub(super) type Text = BufReader<Decoded>;

/// One row: its number, from 1, and its columns.
#[derive(Clone)]
pub(in crate::commands::merge) struct Row {
    pub(in crate::commands::merge) number: u64,
    columns: Arc<Columns>,
}

/// The columns of a row, in the order of the file. In templates it is also `row`.
#[derive(Debug)]
struct Columns {
    names: Arc<[String]>,
    values: Vec<Value>,
}

impl Row {
    pub(super) fn new(number: u64, names: Arc<[String]>, values: Vec<Value>) -> Self {
        let columns = Arc::new(Columns { names, values });
        Self { number, columns }
    }

    /// Whether all columns are empty.
    pub(in crate::commands::merge) fn is_empty(&self) -> bool {
        let is_empty = |value: &Value| {
            value.is_none() || value.as_str().is_some_and(|text| text.trim().is_empty())
        };
        self.columns.values.iter().all(is_empty)
    }

    /// The row as the variables of a template.
    pub(in crate::commands::merge) fn variables(&self) -> Value {
        Value::from_dyn_object(Arc::clone(&self.columns))
    }

    /// The names of its columns.
    pub(in crate::commands::merge) fn names(&self) -> &[String] {
        &self.columns.names
    }
}

impl Columns {
    fn value(&self, name: &str) -> Option<Value> {
        let at = self.names.iter().position(|known| known == name)?;
        self.values.get(at).cloned()
    }
}

impl Object for Columns {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let value = self.value(key);
        // A column of that name hides the whole row.
        value.or_else(|| (key == "row").then(|| Value::from_dyn_object(Arc::clone(self))))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        self.mapped_enumerator(|columns| Box::new(columns.names.iter().map(Value::from)))
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "[a row of {} columns]", self.names.len())
    }
}
