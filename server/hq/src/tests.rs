//! Headquarters from the outside: real stores, real requests, real lines.

mod doors;
mod fixture;
mod intake;
mod pages;
mod rules;
