//! Starts the service: one thread with all connections, threads that wait for the disk, and threads that send.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::listeners::Listener;
use super::log::Log;
use super::service::Service;
use super::tls::Tls;
use super::{intake, server};
use crate::commands::outbox::tries::{self, Tried, Tries};
use crate::commands::report::{Result, WithContext as _};
use crate::commands::send::log as audit;
use crate::commands::{Context, deliver, ledger};
use crate::interrupt;
use crate::outbox::Outbox;

/// How often the outbox is read: for entries that are due again, and those of other programs.
const RESCAN: Duration = Duration::from_mins(1);

/// Runs the service until SIGTERM.
pub(super) fn run(listeners: Vec<Listener>, tls: Tls, context: &Context<'_>) -> Result<()> {
    let stop = interrupt::service_flag().context("listening for signals")?;
    let (root, seams) = (deliver::folder(context)?, context.seams.as_ref());
    let outbox = Outbox::open(&root, seams)?;
    outbox.sweep()?;
    let places = ledger::limits(&context.settings.file()?.outbox)
        .concurrency
        .into();
    let syslog = audit::syslog(context)?;
    let log = Log::new(context.ui, syslog.as_ref(), seams);
    let done = |tried: &Tried<'_>| log.tried(tried);
    let log_file = audit::Log::of_file(context)?;
    let keys = outbox.keys()?;
    let tries =
        Tries::new((outbox, keys), (log_file, places), Arc::clone(&stop), &done).of_service();
    let how = (log, context.shared());
    let service = Service::new(seams.host_name(), how, (outbox, &tries), tls);
    let (intake, jobs) = intake::new();
    let served = std::thread::scope(|scope| {
        for _ in 0..tries::THREADS {
            scope.spawn(|| tries.work(|| service.shared()));
        }
        for _ in 0..intake::THREADS {
            scope.spawn(|| jobs.work(&service));
        }
        scope.spawn(|| keep_house(&service, &stop));
        let served = server::run(listeners, &service, &intake);
        drop(intake);
        stop.store(true, Ordering::Relaxed);
        tries.wake();
        served
    });
    served.context("accepting connections")
}

/// Tries what is due again, and reports what failed, until the service ends.
fn keep_house(service: &Service<'_, '_>, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        if let Err(error) = service.scan() {
            let line = format!("warning: reading the outbox: {error:#}");
            service.log.line(&line);
        }
        interrupt::rest(RESCAN);
    }
}
