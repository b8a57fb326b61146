/// Who asks, for what: what all checks of admission share, made once a call. Trivial; no reference outlives the call.
package struct AdmissionSubject: Sendable, BitwiseCopyable {
    package var user: AdmissionKey
    package var device: AdmissionKey
    package var sale: AdmissionKey
    /// The key of `address`; `none` when the buyer's address is not known, and then `address` means nothing.
    package var network: AdmissionKey
    package var address: NetworkAddress

    package init(
        user: AdmissionKey, device: AdmissionKey = .none, sale: AdmissionKey,
        network: AdmissionKey = .none, address: NetworkAddress = .unspecified
    ) {
        self.user = user
        self.device = device
        self.sale = sale
        self.network = network
        self.address = address
    }
}
