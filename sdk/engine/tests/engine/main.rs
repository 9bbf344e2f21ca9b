//! The engine with a provider that keeps its objects in memory, and can be killed at any point.

mod changes;
mod components;
mod convergence;
mod exports;
mod fake;
mod glass;
mod host;
mod leaky;
mod locker;
mod lookups;
mod mortal;
mod moves;
mod objects;
mod open;
mod options;
mod order;
mod panics;
mod parts;
mod promises;
mod saves;
mod secrets;
mod stops;
mod unclear;
mod vain;
mod weight;
mod whims;
