//! The rules of protection: numbers of days and their ids, as versioned data.
