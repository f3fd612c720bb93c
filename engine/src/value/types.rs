//! The one table of q's types. Codes, letters, names, widths and storage all come from here.

/// Calls `$m!` with one row a basic type:
/// `Variant, code, letter, name, storage class, bytes in memory, in IPC and on file`.
#[macro_export]
macro_rules! for_each_type {
    ($m:ident) => {
        $m! {
            (Bool, 1, b'b', "boolean", U8, 1)
            (Guid, 2, b'g', "guid", Guid, 16)
            (Byte, 4, b'x', "byte", U8, 1)
            (Short, 5, b'h', "short", I16, 2)
            (Int, 6, b'i', "int", I32, 4)
            (Long, 7, b'j', "long", I64, 8)
            (Real, 8, b'e', "real", F32, 4)
            (Float, 9, b'f', "float", F64, 8)
            (Char, 10, b'c', "char", U8, 1)
            (Sym, 11, b's', "symbol", Sym, 0)
            (Timestamp, 12, b'p', "timestamp", I64, 8)
            (Month, 13, b'm', "month", I32, 4)
            (Date, 14, b'd', "date", I32, 4)
            (Datetime, 15, b'z', "datetime", F64, 8)
            (Timespan, 16, b'n', "timespan", I64, 8)
            (Minute, 17, b'u', "minute", I32, 4)
            (Second, 18, b'v', "second", I32, 4)
            (Time, 19, b't', "time", I32, 4)
        }
    };
}

/// How the items of a vector are stored; several q types share a class.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Class {
    U8,
    I16,
    I32,
    I64,
    F32,
    F64,
    Sym,
    Guid,
}

macro_rules! types {
    ($(($v:ident, $code:literal, $c:literal, $name:literal, $class:ident, $w:literal))*) => {
        /// A basic q type (the type of an atom, or of the items of a vector).
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Ty { $($v = $code,)*
            /// An enumerated symbol; its domain is on the value.
            Enum = 20 }
        impl Ty {
            /// All basic types in code order, without `Enum`.
            pub const ALL: &'static [Ty] = &[$(Ty::$v,)*];
            /// From q's type number (positive), or None.
            pub fn from_code(code: i32) -> Option<Ty> {
                match code { $($code => Some(Ty::$v),)* 20 => Some(Ty::Enum), _ => None }
            }
            /// From the type letter, lower or upper case.
            pub fn from_letter(c: u8) -> Option<Ty> {
                match c.to_ascii_lowercase() { $($c => Some(Ty::$v),)* _ => None }
            }
            /// From the name, as in `` `long$ ``.
            pub fn from_name(n: &[u8]) -> Option<Ty> {
                $(if n == $name.as_bytes() { return Some(Ty::$v); })* None
            }
            /// q's type number.
            pub fn code(self) -> i8 { self as u8 as i8 }
            /// The type letter in lower case.
            pub fn letter(self) -> u8 { match self { $(Ty::$v => $c,)* Ty::Enum => b's' } }
            /// The name that casts to it.
            pub fn name(self) -> &'static str { match self { $(Ty::$v => $name,)* Ty::Enum => "enum" } }
            /// Storage class of its items.
            pub fn class(self) -> Class { match self { $(Ty::$v => Class::$class,)* Ty::Enum => Class::I64 } }
            /// Bytes an item takes in IPC and in files; 0 for symbols, which are text there.
            pub fn width(self) -> usize { match self { $(Ty::$v => $w,)* Ty::Enum => 8 } }
        }
    };
}
for_each_type!(types);

impl Ty {
    /// Dates, times and their differences.
    pub fn is_temporal(self) -> bool {
        (Ty::Timestamp..=Ty::Time).contains(&self)
    }
    /// Signed integers and temporal types held as integers, where the least value is the null.
    pub fn is_integral(self) -> bool {
        matches!(self.class(), Class::I16 | Class::I32 | Class::I64)
    }
    /// Real, float, datetime.
    pub fn is_floating(self) -> bool {
        matches!(self.class(), Class::F32 | Class::F64)
    }
    /// Types that take part in arithmetic (everything but guid, char, symbol, enum).
    pub fn is_numeric(self) -> bool {
        !matches!(self, Ty::Guid | Ty::Char | Ty::Sym | Ty::Enum)
    }
}
