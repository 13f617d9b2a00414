// Who stands at a gate.
export { GateRoute } from "./gate";
