/**/ typeof slw === 'function' && slw.cb_1({
 "stores": [
  {
   "storeid": "990601",
   "name": "The Railway &amp; Lantern\u200b",
   "data": {
    "address": "3 Tailor Court\r\nLondon\r\nEC4M 9ZZ",
    "description": "Mondays, 8pm (bookings :) only); ) ",
    "website": "",
    "phone": "",
    "map_lat": "51.51",
    "map_lng": "-0.12"
   },
   "filters": [
    "Monday"
   ],
   "timezone": "Europe/London",
   "country": "GB"
  },
  {
   "storeid": "990602",
   "name": "The Harp Door",
   "data": {
    "address": "10 Quay St\r\nDublin 1\r\nD01 X9X9",
    "description": "Thursdays, 7pm",
    "website": "",
    "phone": "01 555 0142",
    "map_lat": "53.348",
    "map_lng": "-6.26"
   },
   "filters": [
    "Thursday"
   ],
   "timezone": "Europe/London",
   "country": "GB"
  },
  {
   "storeid": "990603",
   "name": "Paint Pot",
   "data": {
    "address": "1 Brush St, London, N1 9ZZ",
    "description": "Closed for refurbishment until 3 Jan",
    "website": "",
    "phone": "",
    "map_lat": "51.54",
    "map_lng": "-0.10"
   },
   "filters": [
    "Thursday"
   ],
   "timezone": "Europe/London",
   "country": "GB"
  },
  {
   "storeid": "990604",
   "name": "Two Shows",
   "data": {
    "address": "2 Brush St, London, N1 9ZZ",
    "description": "Tuesdays, 7pm. Bingo Thursdays, 8pm",
    "website": "",
    "phone": "",
    "map_lat": "51.54",
    "map_lng": "-0.10"
   },
   "filters": [
    "Tuesday"
   ],
   "timezone": "Europe/London",
   "country": "GB"
  },
  {
   "storeid": "990605",
   "name": "Late Doors",
   "data": {
    "address": "3 Brush St, Belfast, BT1 9ZZ",
    "description": "Wednesdays, doors 6.30pm, quiz 7.30pm \u00a33 per person",
    "website": "",
    "phone": "",
    "map_lat": "",
    "map_lng": ""
   },
   "filters": [
    "South London",
    "Wednesday",
    "Dog friendly"
   ],
   "timezone": "Europe/London",
   "country": "GB"
  },
  {
   "storeid": "990606",
   "name": "Only Once",
   "data": {
    "address": "4 Brush St, London, N1 9ZZ",
    "description": "Tuesday 24th November at 7pm",
    "website": "",
    "phone": "",
    "map_lat": "51.54",
    "map_lng": "-0.10"
   },
   "filters": [
    "Tuesday"
   ],
   "timezone": "Europe/London",
   "country": "GB"
  }
 ]
}); // (c) widget (2025)
