//! The harness of the end-to-end tests: real processes, a real browser, real file systems.
//!
//! Everything here works through public interfaces: command lines, HTTP, pages, files. It must
//! not know the inside of any crate.

pub mod bench;
pub mod browser;
pub mod canary;
pub mod clock;
pub mod compatibility;
pub mod counts;
pub mod demo;
pub mod demo_fair;
pub mod faults;
pub mod hq;
pub mod http;
pub mod journey;
pub mod kiosk;
pub mod pages;
pub mod pair;
pub mod power;
pub mod process;
pub mod relay;
pub mod site;
pub mod small_disk;
pub mod syscalls;
pub mod tidy;
pub mod tried;
pub mod wait;
