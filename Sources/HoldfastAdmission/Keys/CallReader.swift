internal import HoldfastHash

/// What a call says of its caller: bytes that live until the reader returns.
package struct CallFields {
    package var user: UnsafeRawBufferPointer
    /// Empty: none.
    package var device: UnsafeRawBufferPointer
    /// The sale's key; the next call's sale is most likely the same, so its owner keeps it.
    package var sale: AdmissionKey
    /// The address in words; nil: none was sent.
    package var addressText: UnsafeBufferPointer<UInt8>?
    /// Goes before the text: where an anonymous caller's connection comes from.
    package var address: NetworkAddress?
    /// The request id as two words; nil for CheckRisk.
    package var request: (first: UInt64, second: UInt64)?
    package var accountCreatedMilliseconds: Int64
    /// What it means that the device or the address is not there.
    package var absent: RiskPresence

    package init(
        user: UnsafeRawBufferPointer, device: UnsafeRawBufferPointer, sale: AdmissionKey,
        addressText: UnsafeBufferPointer<UInt8>?, address: NetworkAddress?,
        request: (first: UInt64, second: UInt64)?, accountCreatedMilliseconds: Int64,
        absent: RiskPresence
    ) {
        self.user = user
        self.device = device
        self.sale = sale
        self.addressText = addressText
        self.address = address
        self.request = request
        self.accountCreatedMilliseconds = accountCreatedMilliseconds
        self.absent = absent
    }
}

/// Makes of a call's fields what limiter, blacklist and rules look at, and asks for the cache lines that they will look at
/// first. Between that and the judgement lies the rest of the turn's reading, so that the lines are there by then;
/// asked for together in a tight loop they would wait for each other.
///
/// A value: copy it to every thread. Takes no lock: the tables' places are fixed at the start, and nothing of them is read.
package struct CallReader: @unchecked Sendable {
    package let hasher: AdmissionHasher
    private let buckets: DeadlineTable.Lines?
    private let users: KeyTable.IndexLines?
    private let addresses: KeyTable.IndexLines?

    /// The tables must live as long as the reader and its copies are used.
    package init(
        hasher: AdmissionHasher, limiter: borrowing Limiter, risk: borrowing RiskTables
    ) {
        self.hasher = hasher
        self.buckets = limiter.bucketLines
        self.users = risk.users.indexLines
        self.addresses = risk.addresses.indexLines
    }

    /// A reader for calls that no table will be asked about.
    package init(hasher: AdmissionHasher) {
        self.hasher = hasher
        self.buckets = nil
        self.users = nil
        self.addresses = nil
    }

    /// - Parameter input: memory for one, initialised or not.
    package func read(_ fields: CallFields, into input: UnsafeMutablePointer<RiskInput>) {
        let user = self.hasher.key(.user, fields.user)
        var subject = AdmissionSubject(
            user: user, device: self.hasher.key(.device, fields.device), sale: fields.sale)
        if let address = fields.address
            ?? fields.addressText.flatMap({ NetworkAddress(text: $0) })
        {
            subject.address = address
            subject.network = self.hasher.key(address)
        }
        if let buckets = self.buckets { self.prefetch(subject, buckets) }
        input.initialize(
            to: RiskInput(
                subject: subject,
                request: fields.request.map {
                    self.hasher.key(ofRequest: $0, in: fields.sale)
                } ?? 0,
                device: fields.absent, network: fields.absent,
                accountCreatedMilliseconds: fields.accountCreatedMilliseconds))
    }

    /// The same, off the path of a Reserve.
    package func read(_ fields: CallFields) -> RiskInput {
        withUnsafeTemporaryAllocation(of: RiskInput.self, capacity: 1) { memory in
            self.read(fields, into: memory.baseAddress!)
            return memory[0]
        }
    }

    @inline(__always)
    private func prefetch(_ subject: AdmissionSubject, _ buckets: DeadlineTable.Lines) {
        buckets.prefetch(subject.user)
        self.users?.prefetch(subject.user)
        if !subject.device.isNone { buckets.prefetch(subject.device) }
        if !subject.network.isNone {
            buckets.prefetch(subject.network)
            self.addresses?.prefetch(subject.network)
        }
    }
}

extension AdmissionHasher {
    /// What tells a buyer's request ids apart: an id means something within its sale.
    package func key(
        ofRequest id: (first: UInt64, second: UInt64), in sale: AdmissionKey
    ) -> UInt64 {
        var state = self.begin(.request, byteCount: 16)
        state.add(id.first)
        state.add(id.second)
        return state.finish64() ^ sale.high
    }
}
