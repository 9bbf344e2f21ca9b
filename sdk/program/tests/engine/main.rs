//! The engine with a provider that keeps its objects in memory, and can be killed at any point.

mod changes;
mod components;
mod convergence;
mod exports;
mod fake;
mod glass;
mod leaky;
mod locker;
mod lookups;
mod mortal;
mod objects;
mod options;
mod panics;
mod saves;
mod secrets;
mod stops;
mod unclear;
mod whims;
