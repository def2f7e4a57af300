//! What keeps the server standing when it is asked too much: a rate for each address and a number of requests at once. Addresses
//! live in memory for as long as the rate needs them, and nowhere else.

use core::num::NonZeroU32;
use core::time::Duration;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::sync::Semaphore;

use super::problem::ApiError;
use crate::config::Limits;

/// Addresses that are forgotten together once so many requests were counted.
const SWEEP_EVERY: u64 = 4_096;
/// Addresses whose rate is kept at a time; further ones share one rate.
const MOST_ADDRESSES: usize = 100_000;

/// The counters of both limits.
#[derive(Clone)]
pub(crate) struct Gate(Arc<Inner>);

struct Inner {
    rate: DefaultKeyedRateLimiter<IpAddr>,
    /// of what somebody could guess with
    sign_ins: DefaultKeyedRateLimiter<IpAddr>,
    counted: AtomicU64,
    places: Semaphore,
    answer_timeout: Duration,
    trusted_proxies: Vec<IpAddr>,
}

impl Gate {
    /// Limits as configured.
    pub(crate) fn new(limits: &Limits, trusted_proxies: Vec<IpAddr>) -> Gate {
        let at_least_one = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(at_least_one(limits.requests_per_second))
            .allow_burst(at_least_one(limits.burst));
        let sign_ins = at_least_one(limits.sign_ins_per_minute);
        let at_once = at_least_one(limits.sign_ins_per_minute / 2);
        Gate(Arc::new(Inner {
            rate: RateLimiter::keyed(quota),
            sign_ins: RateLimiter::keyed(Quota::per_minute(sign_ins).allow_burst(at_once)),
            counted: AtomicU64::new(0),
            places: Semaphore::new(limits.concurrent_requests.min(Semaphore::MAX_PERMITS)),
            answer_timeout: Duration::from_millis(limits.answer_timeout_ms),
            trusted_proxies,
        }))
    }

    fn check_rate(&self, address: IpAddr) -> Result<(), ApiError> {
        let Inner {
            rate,
            sign_ins,
            counted,
            ..
        } = &*self.0;
        if counted.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == 0 {
            for rate in [rate, sign_ins] {
                rate.retain_recent();
                rate.shrink_to_fit();
            }
        }
        Gate::count(rate, address)
    }

    /// The same for sign-ins and links.
    fn check_sign_in_rate(&self, address: IpAddr) -> Result<(), ApiError> {
        Gate::count(&self.0.sign_ins, address)
    }

    fn count(rate: &DefaultKeyedRateLimiter<IpAddr>, address: IpAddr) -> Result<(), ApiError> {
        let key = match rate.len() < MOST_ADDRESSES {
            true => address,
            false => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        };
        rate.check_key(&key).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            ApiError::TooManyRequests(wait.as_secs() + 1)
        })
    }
}

/// Lets a request in, or answers that it has to wait.
pub(crate) async fn admit(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
    let address = client(peer, request.headers(), &gate.0.trusted_proxies);
    let path = request.uri().path();
    let about_sign_in = path.ends_with("/sign-in") || path.ends_with("/links");
    let within = gate.check_rate(address).and_then(|()| match about_sign_in {
        true => gate.check_sign_in_rate(address),
        false => Ok(()),
    });
    if let Err(error) = within {
        return error.into_response();
    }
    let Ok(_place) = gate.0.places.try_acquire() else {
        return ApiError::Overloaded(1).into_response();
    };
    tokio::time::timeout(gate.0.answer_timeout, next.run(request))
        .await
        .unwrap_or_else(|_| ApiError::Unavailable(1).into_response())
}

/// Whose rate counts: the peer, or behind trusted proxies the last address none of them is.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let mut address = peer.to_canonical();
    if trusted.contains(&address) {
        let hops = headers.get_all("x-forwarded-for").into_iter().rev();
        let hops = hops.filter_map(|value| value.to_str().ok());
        for hop in hops.flat_map(|value| value.rsplit(',')) {
            match hop.trim().parse::<IpAddr>() {
                Ok(hop) => address = hop.to_canonical(),
                Err(_) => break,
            }
            if !trusted.contains(&address) {
                break;
            }
        }
    }
    network(address)
}

/// Who counts as one: an IPv4 address, or the network of an IPv6 address.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(whole) => {
            let [a, b, c, d, ..] = whole.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forwarded_address_counts_only_behind_a_trusted_proxy() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "6.6.6.6, 1.2.3.4".parse().unwrap());
        headers.append("x-forwarded-for", "10.0.0.2".parse().unwrap());
        let trusted = [ip("10.0.0.1"), ip("10.0.0.2")];
        assert_eq!(client(ip("9.9.9.9"), &headers, &trusted), ip("9.9.9.9"));
        assert_eq!(client(ip("10.0.0.1"), &headers, &[]), ip("10.0.0.1"));
        assert_eq!(client(ip("10.0.0.1"), &headers, &trusted), ip("1.2.3.4"));
        assert_eq!(
            client(ip("::ffff:10.0.0.1"), &headers, &trusted),
            ip("1.2.3.4")
        );
        headers.append("x-forwarded-for", "nonsense".parse().unwrap());
        assert_eq!(client(ip("10.0.0.1"), &headers, &trusted), ip("10.0.0.1"));
    }

    #[test]
    fn one_ipv6_network_is_one_client() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let of = |text: &str| client(ip(text), &HeaderMap::new(), &[]);
        assert_eq!(of("2001:db8:1:2:3::4"), of("2001:db8:1:2::9"));
        assert_ne!(of("2001:db8:1:2::4"), of("2001:db8:1:3::4"));
    }

    #[test]
    fn a_rate_is_kept_for_each_address() {
        let limits = Limits {
            requests_per_second: 1,
            burst: 2,
            ..Limits::default()
        };
        let gate = Gate::new(&limits, Vec::new());
        let [a, b] = [1, 2].map(|last| IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)));
        assert!(gate.check_rate(a).is_ok() && gate.check_rate(a).is_ok());
        assert!(matches!(
            gate.check_rate(a),
            Err(ApiError::TooManyRequests(1..))
        ));
        assert!(gate.check_rate(b).is_ok());
    }

    #[test]
    fn sign_ins_have_a_rate_of_their_own() {
        let limits = Limits {
            sign_ins_per_minute: 4,
            ..Limits::default()
        };
        let gate = Gate::new(&limits, Vec::new());
        let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        assert!((0..2).all(|_| gate.check_sign_in_rate(address).is_ok()));
        assert!(matches!(
            gate.check_sign_in_rate(address),
            Err(ApiError::TooManyRequests(1..=16))
        ));
        assert!(gate.check_rate(address).is_ok());
    }
}
