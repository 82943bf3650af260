//! The page as people see it: what it shows to whom, and how it looks and behaves in a browser.

mod chromium;
mod demo;
mod house;
mod refresh;
mod render;
mod rules;
