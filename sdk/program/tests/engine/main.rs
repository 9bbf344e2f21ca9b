//! The engine with a provider that keeps its objects in memory, and can be killed at any point.

mod changes;
mod convergence;
mod exports;
mod fake;
mod glass;
mod host;
mod leaky;
mod lookups;
mod mortal;
mod moves;
mod options;
mod order;
mod parts;
mod promises;
mod saves;
mod secrets;
mod stops;
mod vain;
