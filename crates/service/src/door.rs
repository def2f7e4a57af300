//! The door: who may connect, how many from one address, and how long a connection may keep its place without moving.

use core::time::Duration;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt as _;

use crate::api::network;
use crate::config::Limits;

/// Connections open now, by address.
type Open = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// Places for connections, all together and for each address.
pub(crate) struct Door {
    places: Arc<Semaphore>,
    open: Open,
    most_from_one: usize,
    /// many people come through these
    trusted_proxies: Vec<IpAddr>,
}

/// A connection that was let in, with its place.
pub(crate) struct Guest {
    stream: TcpStream,
    peer: SocketAddr,
    seat: Seat,
}

/// A place, given back when dropped.
struct Seat {
    _place: OwnedSemaphorePermit,
    counted: Option<(Open, IpAddr)>,
}

impl Door {
    /// A door as configured.
    pub(crate) fn new(limits: &Limits, trusted_proxies: Vec<IpAddr>) -> Door {
        Door {
            places: Arc::new(Semaphore::new(
                limits.connections.min(Semaphore::MAX_PERMITS),
            )),
            open: Arc::default(),
            most_from_one: limits.connections_per_address,
            trusted_proxies,
        }
    }

    /// The next connection; nothing where it could not be had, or its address holds too many already: that one is closed.
    pub(crate) async fn accept(&self, listener: &TcpListener) -> Option<Guest> {
        let place = self.places.clone().acquire_owned().await.ok()?;
        match listener.accept().await {
            Ok((stream, peer)) => {
                let seat = self.seat(place, peer.ip())?;
                Some(Guest { stream, peer, seat })
            }
            Err(error) => {
                // Out of file descriptors, or the peer has gone: others may still be served in a moment.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                None
            }
        }
    }

    fn seat(&self, place: OwnedSemaphorePermit, peer: IpAddr) -> Option<Seat> {
        let address = network(peer.to_canonical());
        if self.trusted_proxies.contains(&peer.to_canonical()) {
            let (_place, counted) = (place, None);
            return Some(Seat { _place, counted });
        }
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let held = open.entry(address).or_insert(0);
        if *held >= self.most_from_one {
            return None;
        }
        *held += 1;
        Some(Seat {
            _place: place,
            counted: Some((self.open.clone(), address)),
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Some((open, address)) = &self.counted else {
            return;
        };
        let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = open.get_mut(address) {
            *held -= 1;
            if *held == 0 {
                open.remove(address);
            }
        }
    }
}

impl Guest {
    /// Serves the connection on a task of its own.
    pub(crate) fn converse(self, routes: &Router, limits: &Limits, graceful: &GracefulShutdown) {
        let Guest { stream, peer, seat } = self;
        let routes = routes.clone();
        let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            routes.clone().oneshot(request)
        });
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(Duration::from_millis(limits.header_timeout_ms))
            .max_buf_size(64 << 10);
        // Small answers should not wait for more bytes; where the system refuses, they are only slower.
        let _ = stream.set_nodelay(true);
        // Whoever does not take the bytes of an answer gives up the place.
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(Duration::from_millis(limits.write_timeout_ms)));
        let connection = builder.serve_connection(TokioIo::new(Box::pin(stream)), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // How a peer ends a conversation is the peer's business.
            let _ = connection.await;
            drop(seat);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn place(door: &Door) -> OwnedSemaphorePermit {
        door.places.clone().acquire_owned().await.unwrap()
    }

    #[tokio::test]
    async fn an_address_has_its_places_and_gets_them_back() {
        let limits = Limits {
            connections_per_address: 2,
            ..Limits::default()
        };
        let proxy: IpAddr = "10.0.0.9".parse().unwrap();
        let door = Door::new(&limits, vec![proxy]);
        let [one, other] = ["10.0.0.1", "10.0.0.2"].map(|text| text.parse::<IpAddr>().unwrap());
        let first = door.seat(place(&door).await, one).unwrap();
        let _second = door.seat(place(&door).await, one).unwrap();
        assert!(door.seat(place(&door).await, one).is_none());
        assert!(door.seat(place(&door).await, other).is_some());
        drop(first);
        assert!(door.seat(place(&door).await, one).is_some());
        let through_the_proxy = [
            door.seat(place(&door).await, proxy),
            door.seat(place(&door).await, proxy),
            door.seat(place(&door).await, proxy),
        ];
        assert!(through_the_proxy.iter().all(Option::is_some));
        drop(_second);
        assert!(door.open.lock().unwrap().is_empty(), "nobody is remembered");
    }

    #[tokio::test]
    async fn one_ipv6_network_is_one_address() {
        let limits = Limits {
            connections_per_address: 1,
            ..Limits::default()
        };
        let door = Door::new(&limits, Vec::new());
        let [one, same, other] = ["2001:db8:1:2::4", "2001:db8:1:2:9::1", "2001:db8:1:3::4"]
            .map(|text| text.parse::<IpAddr>().unwrap());
        let _first = door.seat(place(&door).await, one).unwrap();
        assert!(door.seat(place(&door).await, same).is_none());
        assert!(door.seat(place(&door).await, other).is_some());
    }
}
