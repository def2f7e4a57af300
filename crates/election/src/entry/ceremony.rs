//! `deal`, `confirm`, `complaint`, `drill`.

use urne_crypto::ceremony::deal::DealBytes;
use urne_crypto::encoding::Point;

use super::{Shape, read_point, read_trustee_number};
use crate::json::{FormError, Reader, Writer};
use crate::manifest::read_point_not_identity;

/// A trustee's deal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deal {
    /// election id
    pub election: [u8; 32],
    /// the dealer
    pub trustee: u32,
    /// the rest, as bytes
    pub bytes: DealBytes,
}

impl Deal {
    pub(super) fn read(r: &mut Reader<'_>, shape: &Shape) -> Result<Deal, FormError> {
        let (commitments, shares) = (32 * shape.threshold, 48 * shape.trustees);
        Ok(Deal {
            election: r.field("election")?.array_of_bytes()?,
            trustee: read_trustee_number(r.field("trustee")?, shape)?,
            bytes: DealBytes {
                commitments: r.field("commitments")?.bytes(commitments..=commitments)?,
                ephemeral: *read_point_not_identity(r.field("ephemeral")?)?.bytes(),
                shares: r.field("shares")?.bytes(shares..=shares)?,
                proof: r.field("proof")?.array_of_bytes()?,
            },
        })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.field("trustee").integer(self.trustee);
        w.field("commitments").bytes(&self.bytes.commitments);
        w.field("ephemeral").bytes(&self.bytes.ephemeral);
        w.field("shares").bytes(&self.bytes.shares);
        w.field("proof").bytes(&self.bytes.proof);
    }
}

/// A trustee's confirmation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirm {
    /// election id
    pub election: [u8; 32],
    /// the trustee
    pub trustee: u32,
    /// H
    pub key: Point,
    /// X_j
    pub share: Point,
    /// deals hash
    pub deals: [u8; 32],
    /// knowledge of x_j
    pub proof: [u8; 64],
}

impl Confirm {
    pub(super) fn read(r: &mut Reader<'_>, shape: &Shape) -> Result<Confirm, FormError> {
        Ok(Confirm {
            election: r.field("election")?.array_of_bytes()?,
            trustee: read_trustee_number(r.field("trustee")?, shape)?,
            key: read_point_not_identity(r.field("key")?)?,
            share: read_point_not_identity(r.field("share")?)?,
            deals: r.field("deals")?.array_of_bytes()?,
            proof: r.field("proof")?.array_of_bytes()?,
        })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.field("trustee").integer(self.trustee);
        w.field("key").bytes(self.key.bytes());
        w.field("share").bytes(self.share.bytes());
        w.field("deals").bytes(&self.deals);
        w.field("proof").bytes(&self.proof);
    }
}

/// A trustee's complaint about a dealer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// election id
    pub election: [u8; 32],
    /// who complains
    pub trustee: u32,
    /// about whom
    pub dealer: u32,
    /// S
    pub shared: Point,
    /// equality proof
    pub proof: [u8; 96],
}

impl Complaint {
    pub(super) fn read(r: &mut Reader<'_>, shape: &Shape) -> Result<Complaint, FormError> {
        Ok(Complaint {
            election: r.field("election")?.array_of_bytes()?,
            trustee: read_trustee_number(r.field("trustee")?, shape)?,
            dealer: read_trustee_number(r.field("dealer")?, shape)?,
            shared: read_point_not_identity(r.field("shared")?)?,
            proof: r.field("proof")?.array_of_bytes()?,
        })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.field("trustee").integer(self.trustee);
        w.field("dealer").integer(self.dealer);
        w.field("shared").bytes(self.shared.bytes());
        w.field("proof").bytes(&self.proof);
    }
}

/// A trustee's answer to the drill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drill {
    /// election id
    pub election: [u8; 32],
    /// the trustee
    pub trustee: u32,
    /// D_j
    pub share: Point,
    /// equality proof
    pub proof: [u8; 96],
}

impl Drill {
    pub(super) fn read(r: &mut Reader<'_>, shape: &Shape) -> Result<Drill, FormError> {
        Ok(Drill {
            election: r.field("election")?.array_of_bytes()?,
            trustee: read_trustee_number(r.field("trustee")?, shape)?,
            share: read_point(r.field("share")?)?,
            proof: r.field("proof")?.array_of_bytes()?,
        })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.field("trustee").integer(self.trustee);
        w.field("share").bytes(self.share.bytes());
        w.field("proof").bytes(&self.proof);
    }
}
