/// AdminService, port 7444, client certificates always. All calls: any task, any number at once; `timeout` covers the
/// call with its repeats, nil takes the configuration's; they throw `HoldfastError` when the call was not decided or
/// its answer was lost.
extension HoldfastClient {
    /// Sends one numbered chunk of an import. Nothing is visible before the chunk with `commit`. Sending a chunk again
    /// gives the same answer; other content under the same number is refused with `IMPORT_ID_REUSED`.
    public func preload(
        _ request: PreloadRequest, timeout: Duration? = nil
    ) async throws(HoldfastError) -> PreloadResponse {
        try await self.perform(request, timeout: timeout)
    }

    /// Adds or withdraws stock, once a request id.
    public func adjustStock(
        _ request: AdjustStockRequest, timeout: Duration? = nil
    ) async throws(HoldfastError) -> AdjustStockResponse {
        try await self.perform(request, timeout: timeout)
    }

    /// Opens, pauses or closes a sale, once a request id.
    public func setSaleState(
        _ request: SetSaleStateRequest, timeout: Duration? = nil
    ) async throws(HoldfastError) -> SetSaleStateResponse {
        try await self.perform(request, timeout: timeout)
    }

    /// Opens or pauses one product, once a request id.
    public func setProductState(
        _ request: SetProductStateRequest, timeout: Duration? = nil
    ) async throws(HoldfastError) -> SetProductStateResponse {
        try await self.perform(request, timeout: timeout)
    }

    /// Lists sales by id in byte order, at most 200 an answer.
    public func listSales(
        _ request: ListSalesRequest = ListSalesRequest(), timeout: Duration? = nil
    ) async throws(HoldfastError) -> ListSalesResponse {
        try await self.perform(request, timeout: timeout)
    }

    /// Versions, limits and counts of the server.
    public func getServerInfo(
        timeout: Duration? = nil
    ) async throws(HoldfastError) -> GetServerInfoResponse {
        try await self.perform(GetServerInfoRequest(), timeout: timeout)
    }

    /// A page of the log of admission: what the risk rules and the limiter refused, and a sample of what they let in.
    public func readRiskLog(
        _ request: ReadRiskLogRequest = ReadRiskLogRequest(), timeout: Duration? = nil
    ) async throws(HoldfastError) -> ReadRiskLogResponse {
        try await self.perform(request, timeout: timeout)
    }

    /// Asks for a snapshot, which is made in the background: `getServerInfo().snapshot` says when it holds everything up
    /// to `targetLSN`. Asking again does no harm.
    public func snapshot(
        timeout: Duration? = nil
    ) async throws(HoldfastError) -> SnapshotResponse {
        try await self.perform(SnapshotRequest(), timeout: timeout)
    }
}
