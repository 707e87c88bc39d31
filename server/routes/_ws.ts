export default defineWebSocketHandler({})
