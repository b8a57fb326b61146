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

    /// Liveness and server time. Allowed to every caller, also without a certificate.
    public func ping(
        _ request: PingRequest = PingRequest(), timeout: Duration? = nil
    ) async throws(HoldfastError) -> PingResponse {
        try await self.perform(request, timeout: timeout)
    }
}
