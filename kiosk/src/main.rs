//! Starts the station.

fn main() {}
