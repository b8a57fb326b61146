/// StockService, port 7443. All calls: any task, any number at once; `timeout` covers the call with its repeats, nil
/// takes the configuration's; they throw `HoldfastError` when the call was not decided or its answer was lost.
extension HoldfastClient {
    /// Asks to hold stock for a buyer. All lines or none, unless `allowPartial`.
    ///
    /// Make the request (and so its request id) once and keep it: sending it again gives the first answer with
    /// `replayed`. The same id with other content is refused with `REQUEST_ID_REUSED`.
    public func reserve(
        _ request: ReserveRequest, timeout: Duration? = nil
    ) async throws(HoldfastError) -> ReserveResponse {
        try await self.perform(request, timeout: timeout)
    }

    /// Says that the buyer has paid. `REFUND_DUE` means that the money must go back. Sending it again gives the
    /// same answer.
    public func confirm(
        _ request: ConfirmRequest, timeout: Duration? = nil
    ) async throws(HoldfastError) -> ConfirmResponse {
        try await self.perform(request, timeout: timeout)
    }

    /// Gives a hold back. By request id it also bars a Reserve that has not arrived yet.
    public func cancel(
        _ request: CancelRequest, timeout: Duration? = nil
    ) async throws(HoldfastError) -> CancelResponse {
        try await self.perform(request, timeout: timeout)
    }

    /// Moves a hold's deadline, once a reservation. Sending it again gives the same answer.
    public func extend(
        _ request: ExtendRequest, timeout: Duration? = nil
    ) async throws(HoldfastError) -> ExtendResponse {
        try await self.perform(request, timeout: timeout)
    }

    /// Gives a sale back, whole or in part, once a request id.
    public func refund(
        _ request: RefundRequest, timeout: Duration? = nil
    ) async throws(HoldfastError) -> RefundResponse {
        try await self.perform(request, timeout: timeout)
    }

    /// Reads one reservation: the way to learn what became of a call whose answer was lost.
    public func getReservation(
        _ request: GetReservationRequest, timeout: Duration? = nil
    ) async throws(HoldfastError) -> GetReservationResponse {
        try await self.perform(request, timeout: timeout)
    }

    /// Reads the stock of a sale, at most 200 products an answer.
    public func getStock(
        _ request: GetStockRequest, timeout: Duration? = nil
    ) async throws(HoldfastError) -> GetStockResponse {
        try await self.perform(request, timeout: timeout)
    }

    /// Asks what limiter and risk rules would say of a buyer's Reserve. Counts and spends nothing.
    public func checkRisk(
        _ request: CheckRiskRequest, timeout: Duration? = nil
    ) async throws(HoldfastError) -> CheckRiskResponse {
        try await self.perform(request, timeout: timeout)
    }

    /// Takes a lease, or stands in line for it. Sending it again with the same owner token gives the same answer.
    /// `withLease` does this and renews it. `timeout` nil takes the configuration's beside the time to wait.
    public func acquireLease(
        _ request: AcquireLeaseRequest, timeout: Duration? = nil
    ) async throws(HoldfastError) -> AcquireLeaseResponse {
        // A time to wait that no call may have is the server's to refuse.
        let wait = Duration.milliseconds(min(max(0, request.waitMilliseconds), 3_600_000))
        return try await self.perform(
            request, timeout: timeout ?? self.configuration.callTimeout + wait)
    }

    /// Prolongs a lease that is still held. `LOST`: stop writing.
    public func renewLease(
        _ request: RenewLeaseRequest, timeout: Duration? = nil
    ) async throws(HoldfastError) -> RenewLeaseResponse {
        try await self.perform(request, timeout: timeout)
    }

    /// Gives a lease back, or takes it from whoever holds it (role admin). What was not held counts as released.
    public func releaseLease(
        _ request: ReleaseLeaseRequest, timeout: Duration? = nil
    ) async throws(HoldfastError) -> ReleaseLeaseResponse {
        try await self.perform(request, timeout: timeout)
    }

    /// Liveness and server time. Allowed to every caller, also without a certificate.
    public func ping(
        _ request: PingRequest = PingRequest(), timeout: Duration? = nil
    ) async throws(HoldfastError) -> PingResponse {
        try await self.perform(request, timeout: timeout)
    }
}
