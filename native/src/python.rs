//! The Python module. Columns leave as bytes, of whole numbers of 8, 4, 2 and 1 bytes and of floats, in the machine's order.

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyTuple};

use nix::sys::socket::SockaddrIn;

use crate::bytes::field;
use crate::checksum;
use crate::datagrams::Reader;
use crate::depths::{self, Places};
use crate::iex::{self, Books, Segments};
use crate::itch::book::Side;
use crate::itch::parser::{Found, Parser, sizes, within};
use crate::itch::rows::{Depth, Orders, Quotes, Trades};
use crate::mold::{Arbiter, Patience, Ready};

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

/// Packets of MoldUDP64 in order. See `slipstream.feed.itch.mold`, its only user.
#[pyclass]
struct Mold {
    arbiter: Arbiter,
    reader: Option<Reader>,
}

/// A datagram, when it came, and the host and port that it came from.
type Datagram = (Py<PyBytes>, i64, (String, u16));

#[pymethods]
impl Mold {
    #[new]
    fn new(asks: bool, first: i64, retry: i64, longest: i64, tries: u32, session: i64, window: usize) -> Self {
        let patience = Patience { first, retry, longest, tries, session, window };
        Self { arbiter: Arbiter::new(asks, patience), reader: None }
    }

    /// Follow the first session from its first packet on, without missing what was before.
    fn joins(&mut self) {
        self.arbiter.joins = true;
    }

    /// Take a packet that came at a moment.
    fn packet(&mut self, data: &[u8], moment: i64) {
        self.arbiter.packet(data, moment);
    }

    /// Take the packets that wait on a socket, some `most` at a time; they are returned if they are to be kept.
    fn drain(&mut self, py: Python<'_>, socket: i32, most: usize, keep: bool) -> PyResult<Vec<Datagram>> {
        let Self { arbiter, reader } = self;
        let mut kept = Vec::new();
        let taken = |data: &[u8], moment: i64, sender: Option<SockaddrIn>| {
            arbiter.packet(data, moment);
            if keep {
                let sender = sender.map_or((String::new(), 0), |from| (from.ip().to_string(), from.port()));
                kept.push((PyBytes::new(py, data).unbind(), moment, sender));
            }
        };
        let read = reader.get_or_insert_with(Reader::new).drain(socket, most, taken);
        read.map_err(|error| std::io::Error::from_raw_os_error(error as i32))?;
        Ok(kept)
    }

    /// The first message to ask for again, and how many, at a moment; None when there is nothing to ask.
    fn act(&mut self, now: i64) -> Option<(u64, u16)> {
        self.arbiter.act(now)
    }

    /// Bytes of messages in order, and columns of where each begins, its bytes, number, and when it came; None without any.
    fn take<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let columns = |made: &Ready| {
            let data = PyBytes::new(py, &made.data);
            let [at, sizes, seqs] = [&made.offsets, &made.sizes, &made.seqs].map(|each| bytes(py, each));
            (data, at, sizes, seqs, bytes(py, &made.received)).into_pyobject(py)
        };
        self.arbiter.take().as_ref().map(columns).transpose()
    }

    /// What is to be counted and put away since the last call: positions, reasons and bytes.
    fn told<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let told = std::mem::take(&mut self.arbiter.told);
        PyList::new(py, told.iter().map(|each| (each.position, each.reason.as_str(), PyBytes::new(py, &each.data))))
    }

    /// In the order of `slipstream.feed.itch.mold.Line`.
    fn counters(&self) -> [u64; 9] {
        let made = self.arbiter.counters;
        [
            made.packets,
            made.heartbeats,
            made.duplicates,
            made.malformed,
            made.foreign,
            made.dropped,
            made.requests,
            made.gaps,
            made.lost,
        ]
    }

    #[getter]
    fn session<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.arbiter.session())
    }

    #[getter]
    fn expected(&self) -> u64 {
        self.arbiter.expected()
    }

    #[getter]
    fn due(&self) -> Option<i64> {
        self.arbiter.due()
    }

    #[getter]
    fn ended(&self) -> bool {
        self.arbiter.ended
    }
}

/// What changed among ten levels a side. See `slipstream.feed.dbn`, its only user.
#[pyclass]
#[derive(Default)]
struct Depths(depths::Depths);

#[pymethods]
impl Depths {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Columns of changes in records one behind the other: of which record, side, price, size. `places`: bytes of a record, then where
    /// it has publisher, instrument, the best bid's price and size, the best offer's, and the bytes from one level to the next.
    fn take<'py>(&mut self, py: Python<'py>, records: &[u8], places: [usize; 8]) -> PyResult<Bound<'py, PyTuple>> {
        let [record, publisher, instrument, bid, bsize, ask, asize, level] = places;
        let places = Places { record, publisher, instrument, bid: (bid, bsize), ask: (ask, asize), level };
        let made = self.0.take(records, places);
        (bytes(py, &made.rows), bytes(py, &made.sides), bytes(py, &made.prices), bytes(py, &made.sizes))
            .into_pyobject(py)
    }
}

/// Messages in IEX-TP segments, and books of their levels. See `slipstream.feed.iex`, its only user.
#[pyclass]
struct Iex {
    segments: Segments,
    books: Books,
}

/// Good messages, those of no type, where short ones begin and end, and the number of one that reaches beyond the segment.
type Segment = (u64, u64, Vec<(usize, usize)>, Option<i64>);

#[pymethods]
impl Iex {
    /// `sizes`: bytes that a message of each type has at least, 0 where that is no type.
    #[new]
    fn new(sizes: [u8; 256]) -> Self {
        Self { segments: Segments::new(sizes), books: Books::default() }
    }

    /// Take a segment's messages, which begin at `at`: the first has the number `first`, those before `upcoming` came before.
    fn segment(&mut self, data: &[u8], at: usize, first: i64, count: u16, upcoming: i64, moment: i64) -> Segment {
        let made = self.segments.take(data, at, first, count, upcoming, moment);
        (made.good, made.unknown, made.short, made.beyond)
    }

    /// How many good messages wait for `take`.
    fn __len__(&self) -> usize {
        self.segments.moments.len()
    }

    /// Bytes of the segments, when each message came, and by type columns of where they begin, which they are, and their numbers.
    fn take<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let data = std::mem::take(&mut self.segments.data);
        let moments = std::mem::take(&mut self.segments.moments);
        let found = std::mem::take(&mut self.segments.found);
        let column = |(kind, each): (&u8, &iex::Found)| {
            (*kind, bytes(py, &each.places), bytes(py, &each.ordinals), bytes(py, &each.numbers))
        };
        let columns = PyList::new(py, found.iter().map(column))?;
        (PyBytes::new(py, &data), bytes(py, &moments), columns).into_pyobject(py)
    }

    /// Messages by type until now, those of no type included.
    fn kinds(&self) -> Vec<(usize, u64)> {
        self.segments.kinds.iter().copied().enumerate().filter(|(_, many)| *many > 0).collect()
    }

    /// Levels change, by their messages as bytes one behind the other: where each has its type, flags, symbol, size and price. Where
    /// an event is complete and the book crossed: symbol, best bid, best offer.
    fn levels<'py>(
        &mut self,
        py: Python<'py>,
        messages: &[u8],
        size: usize,
        places: [usize; 4],
    ) -> Vec<(Bound<'py, PyBytes>, i64, i64)> {
        let [flags, sym, shares, price] = places;
        let mut crossed = Vec::new();
        for message in messages.chunks_exact(size.max(1)) {
            let name = field::<8>(message, sym);
            let (price, shares) =
                (i64::from_le_bytes(field(message, price)), u32::from_le_bytes(field(message, shares)));
            let touch = self.books.level(name, message[0] == b'5', price, shares);
            if let Some((bid, ask)) = touch.filter(|_| field::<1>(message, flags)[0] & 1 == 1) {
                crossed.push((PyBytes::new(py, &name), bid, ask));
            }
        }
        crossed
    }

    /// Forget all levels: some changes of them are missing.
    fn clear(&mut self) {
        self.books.clear();
    }
}

fn bytes<'py, T: bytemuck::NoUninit>(py: Python<'py>, values: &[T]) -> Bound<'py, PyBytes> {
    PyBytes::new(py, bytemuck::cast_slice(values))
}

/// A function that gives columns of a table as bytes; None where it has no rows.
macro_rules! columns {
    ($table:ident, $rows:ty: $($column:ident)+) => {
        fn $table<'py>(py: Python<'py>, made: &$rows) -> PyResult<Option<Bound<'py, PyTuple>>> {
            let columns = || ($(bytes(py, &made.$column),)+).into_pyobject(py);
            (!made.times.is_empty()).then(columns).transpose()
        }
    };
}

columns!(orders, Orders: times names actions oids sides prices sizes etimes seqs);
columns!(trades, Trades: times names prices sizes sides conds etimes seqs);
columns!(quotes, Quotes: times names bids asks bsizes asizes etimes seqs);
columns!(depth, Depth: times names sides prices sizes etimes seqs);

/// Bytes of a buffer that are looked at together: few enough for the processor's first cache.
const PIECE: usize = 1 << 14;

/// What `start` becomes when the bytes of a buffer follow: CRC-32 as `zlib.crc32` computes it.
#[pyfunction]
#[pyo3(signature = (data, start = 0))]
fn crc32(py: Python<'_>, data: PyBuffer<u8>, start: u32) -> PyResult<u32> {
    let cells = data.as_slice(py).ok_or_else(|| PyValueError::new_err("expected bytes that lie side by side"))?;
    // whoever else has the buffer may write to it, so that its bytes are copied before they are looked at
    let mut piece = [0; PIECE];
    let mut crc = start;
    for some in cells.chunks(PIECE) {
        piece.iter_mut().zip(some).for_each(|(to, from)| *to = from.get());
        crc = checksum::crc32(&piece[..some.len()], crc);
    }
    Ok(crc)
}

/// What `start` becomes when `unit` follows `times` times.
#[pyfunction]
#[pyo3(signature = (unit, times, start = 0))]
fn crc32_repeated(unit: &[u8], times: u64, start: u32) -> u32 {
    checksum::crc32_repeated(unit, times, start)
}

#[pymodule]
mod slipstream_native {
    use pyo3::prelude::*;
    use pyo3::types::PyBytes;

    #[pymodule_export]
    use super::{Depths, Iex, Itch, Mold, crc32, crc32_repeated};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("ITCH_SIZES", PyBytes::new(module.py(), &super::sizes()))
    }
}
