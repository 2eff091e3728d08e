//! Every limit of the protocol in one place, each with its unit, so that both ends and the
//! simulator mean the same.

/// The protocol version spoken by this build.
pub const PROTOCOL: u16 = 1;
/// The oldest protocol version this build still understands.
pub const PROTOCOL_MIN: u16 = 1;

/// Records in one batch.
pub const BATCH_RECORDS: usize = 1_000;
/// Bytes of one batch's body before packing.
pub const BATCH_RAW_BYTES: usize = 1 << 20;
/// Bytes of one batch's body after packing.
pub const BATCH_PACKED_BYTES: usize = 512 << 10;
/// Bytes that the unpacker writes at most, whatever a peer claims.
pub const UNPACK_BYTES: usize = 4 << 20;
/// Bytes of a batch's header, signature and framing.
pub const BATCH_HEADER_BYTES: usize = 4 << 10;
/// Bytes of any request body of the protocol.
pub const REQUEST_BYTES: usize = 1 << 20;
/// Bytes of an answer that a client reads at most (a view is the largest).
pub const ANSWER_BYTES: usize = 4 << 20;
/// zstd's level: higher ones gain a few per cent and cost several times as much.
pub const ZSTD_LEVEL: i32 = 3;

/// Origins whose batches are under way at once; each has one batch in flight.
pub const ORIGINS_IN_FLIGHT: usize = 8;
/// Streams that one hello can name.
pub const HELLO_STREAMS: usize = 10_000;
/// Public keys of origins that one hello can carry.
pub const HELLO_ORIGINS: usize = 2_000;
/// Keys of sealed parts beside the records of one batch or hand-over: more than one record has.
pub const REQUEST_KEYS: usize = 512;
/// Bytes of these keys, each in its letter.
pub const REQUEST_KEYS_BYTES: usize = 64 << 10;
/// Records in one hand-over of fresh scans.
pub const HAND_OVER_RECORDS: usize = 64;

/// Milliseconds that a parked stream waits before it is tried again by itself.
pub const PARKED_RETRY_MS: u64 = 10 * 60_000;
/// Failures of one stream in a row after which it is parked and shown.
pub const STREAM_ATTEMPTS: u32 = 4;
/// The longest Retry-After obeyed, in seconds: a longer one is a mistake.
pub const RETRY_AFTER_S: u32 = 3_600;
/// The smallest batch, in records, that doubt about the line shrinks to.
pub const BATCH_RECORDS_MIN: usize = 16;

/// Milliseconds for which a one-time enrolment code is good.
pub const CODE_LIFE_MS: u64 = 10 * 60_000;
/// Characters of a one-time enrolment code.
pub const CODE_CHARS: usize = 10;
/// Codes that wait at once.
pub const CODES_PENDING: usize = 64;
/// Wrong proofs within one code life after which enrolment pauses.
/// (a code has 50 bits: this many are no help, and few would let anybody keep others out).
pub const CODE_GUESSES: usize = 10_000;

/// Bytes of a name or software version in a message.
pub const NAME_BYTES: usize = 120;
/// Bytes of an address in a message.
pub const ADDRESS_BYTES: usize = 300;
