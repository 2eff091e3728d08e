//! The store from outside: what is answered is kept, what is read is durable, rows are never wrong.

#[cfg(test)]
mod backup;
#[cfg(test)]
mod durable;
#[cfg(test)]
mod gate;
#[cfg(test)]
mod holes;
#[cfg(test)]
mod incoming;
#[cfg(test)]
mod rows;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod snapshots;
#[cfg(test)]
mod still;
#[cfg(test)]
mod stopping;
#[cfg(test)]
mod toy;
