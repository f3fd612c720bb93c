//! The Python module. Columns leave as bytes, of whole numbers of 8, 4, 2 and 1 bytes and of floats, in the machine's order.

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyTuple};

use crate::itch::book::Side;
use crate::itch::parser::{Found, Parser, sizes, within};
use crate::itch::rows::{Depth, Orders, Quotes, Trades};

/// NASDAQ ITCH 5.0: bursts of messages to columns of rows. See `slipstream.feed.itch.parser`, its only user.
#[pyclass]
struct Itch {
    parser: Parser,
    data: Option<Py<PyBytes>>,
}

#[pymethods]
impl Itch {
    #[new]
    #[pyo3(signature = (midnight, conflate_ns, max_orders, *, depth = false))]
    fn new(midnight: i64, conflate_ns: i64, max_orders: usize, depth: bool) -> Self {
        Self { parser: Parser::new(midnight, conflate_ns, max_orders, depth), data: None }
    }

    /// Messages to go through with `advance`: bytes, and of each where it begins, its bytes, number, and when it came, as 8-byte numbers.
    fn begin(
        &mut self,
        py: Python<'_>,
        data: Py<PyBytes>,
        offsets: PyBuffer<i64>,
        sizes: PyBuffer<i64>,
        seqs: PyBuffer<i64>,
        received: Option<PyBuffer<i64>>,
    ) -> PyResult<()> {
        let [offsets, sizes, seqs] = [offsets.to_vec(py)?, sizes.to_vec(py)?, seqs.to_vec(py)?];
        let received = received.map(|each| each.to_vec(py)).transpose()?;
        let count = offsets.len();
        if sizes.len() != count || seqs.len() != count || received.as_ref().is_some_and(|each| each.len() != count) {
            return Err(PyValueError::new_err(format!("{count} offsets: expected as many sizes, numbers and times")));
        }
        let mut burst = Vec::with_capacity(count);
        for at in 0..count {
            let (Ok(start), Ok(size)) = (usize::try_from(offsets[at]), usize::try_from(sizes[at])) else {
                return Err(PyValueError::new_err(format!("message {at}: begins or ends before the bytes do")));
            };
            burst.push(Found { start, size, seq: seqs[at], received: received.as_ref().map(|each| each[at]) });
        }
        if !within(&burst, data.as_bytes(py).len()) {
            return Err(PyValueError::new_err("a message ends behind the bytes"));
        }
        self.parser.begin(burst);
        self.data = Some(data);
        Ok(())
    }

    /// Number of the next message that is not of orders or trades, or the first of a stock without a name; None at the end.
    fn advance(&mut self, py: Python<'_>) -> Option<usize> {
        let data = self.data.as_ref()?;
        self.parser.advance(data.as_bytes(py))
    }

    /// What the burst came to: times, good messages by type, late ones, what was refused, and columns of mbo, trade, quote, depth.
    fn finish<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        self.data = None;
        let made = self.parser.finish();
        let kinds: Vec<(usize, u64)> = made.kinds.iter().copied().enumerate().filter(|(_, many)| *many > 0).collect();
        let refused = PyList::new(py, made.refused.iter().map(|each| (each.at, each.kind, each.reason.as_str())))?;
        (
            bytes(py, &made.times),
            kinds,
            made.late,
            refused,
            orders(py, &made.orders)?,
            trades(py, &made.trades)?,
            quotes(py, &made.quotes)?,
            depth(py, &made.depth)?,
        )
            .into_pyobject(py)
    }

    /// Columns of the touches that wait for their interval to end.
    fn flush<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        quotes(py, &self.parser.flush())
    }

    /// A session begins, as of the message that `advance` gave.
    fn clear(&mut self) {
        self.parser.clear();
    }

    /// Begin or end to tell the touch of a stock, as of the message that `advance` gave.
    fn turn(&mut self, locate: u16, quiet: bool) {
        self.parser.turn(locate, quiet);
    }

    /// A stock has a name, of this number.
    fn know(&mut self, locate: u16, name: u32) {
        self.parser.know(locate, name);
    }

    /// Of the message that `advance` gave: when it came, its stamp, both ns since 1970, and its number.
    #[getter]
    fn moment(&self) -> (i64, i64, i64) {
        let moment = self.parser.moment();
        (moment.time, moment.etime, moment.seq)
    }

    /// Times that a book began to be crossed.
    #[getter]
    fn crossings(&self) -> u64 {
        self.parser.touches.crossings
    }

    fn __len__(&self) -> usize {
        self.parser.book.len()
    }

    /// All orders: number, stock, whether it sells, price in 1/10,000, shares left.
    fn orders(&self) -> Vec<(i64, u16, bool, u32, u32)> {
        let row = |(number, order): (&i64, &crate::itch::book::Order)| {
            (*number, order.side.locate(), order.side.sells(), order.price, order.left)
        };
        self.parser.book.orders().map(row).collect()
    }

    /// Best bid's price in 1/10,000 and shares, best offer's; None for the price of an empty side.
    fn touch(&self, locate: u16) -> (Option<u32>, u64, Option<u32>, u64) {
        let touch = self.parser.book.touch(locate);
        (touch.bid, touch.bsize, touch.ask, touch.asize)
    }

    /// Levels of a side, best first: prices in 1/10,000 and shares; market orders left out.
    fn levels(&self, locate: u16, sells: bool) -> Vec<(u32, u64)> {
        self.parser.book.side(Side::new(locate, sells)).collect()
    }
}

fn bytes<'py, T: bytemuck::NoUninit>(py: Python<'py>, values: &[T]) -> Bound<'py, PyBytes> {
    PyBytes::new(py, bytemuck::cast_slice(values))
}

fn orders<'py>(py: Python<'py>, made: &Orders) -> PyResult<Option<Bound<'py, PyTuple>>> {
    let columns = || {
        (
            bytes(py, &made.times),
            bytes(py, &made.names),
            bytes(py, &made.actions),
            bytes(py, &made.oids),
            bytes(py, &made.sides),
            bytes(py, &made.prices),
            bytes(py, &made.sizes),
            bytes(py, &made.etimes),
            bytes(py, &made.seqs),
        )
    };
    if made.times.is_empty() { Ok(None) } else { columns().into_pyobject(py).map(Some) }
}

fn trades<'py>(py: Python<'py>, made: &Trades) -> PyResult<Option<Bound<'py, PyTuple>>> {
    let columns = || {
        (
            bytes(py, &made.times),
            bytes(py, &made.names),
            bytes(py, &made.prices),
            bytes(py, &made.sizes),
            bytes(py, &made.sides),
            bytes(py, &made.conds),
            bytes(py, &made.etimes),
            bytes(py, &made.seqs),
        )
    };
    if made.times.is_empty() { Ok(None) } else { columns().into_pyobject(py).map(Some) }
}

fn quotes<'py>(py: Python<'py>, made: &Quotes) -> PyResult<Option<Bound<'py, PyTuple>>> {
    let columns = || {
        (
            bytes(py, &made.times),
            bytes(py, &made.names),
            bytes(py, &made.bids),
            bytes(py, &made.asks),
            bytes(py, &made.bsizes),
            bytes(py, &made.asizes),
            bytes(py, &made.etimes),
            bytes(py, &made.seqs),
        )
    };
    if made.times.is_empty() { Ok(None) } else { columns().into_pyobject(py).map(Some) }
}

fn depth<'py>(py: Python<'py>, made: &Depth) -> PyResult<Option<Bound<'py, PyTuple>>> {
    let columns = || {
        (
            bytes(py, &made.times),
            bytes(py, &made.names),
            bytes(py, &made.sides),
            bytes(py, &made.prices),
            bytes(py, &made.sizes),
            bytes(py, &made.etimes),
            bytes(py, &made.seqs),
        )
    };
    if made.times.is_empty() { Ok(None) } else { columns().into_pyobject(py).map(Some) }
}

#[pymodule]
mod slipstream_native {
    use pyo3::prelude::*;
    use pyo3::types::PyBytes;

    #[pymodule_export]
    use super::Itch;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("ITCH_SIZES", PyBytes::new(module.py(), &super::sizes()))
    }
}
