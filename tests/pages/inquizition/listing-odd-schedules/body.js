slw({
 "stores": [
  {
   "storeid": "990201",
   "name": "No Words",
   "display_order": "999999",
   "data": {
    "address": "1 Blank Row\r\nLondon\r\nN1 9ZZ",
    "description": "",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "51.5430",
    "map_lng": "-0.1020",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "",
    null
   ],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990202",
   "name": "Not Yet",
   "display_order": "999999",
   "data": {
    "address": "2 Blank Row\r\nLondon\r\nN1 9ZZ",
    "description": "To be announced",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "51.5430",
    "map_lng": "-0.1020",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": null,
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990291",
   "name": "Announced",
   "display_order": "999999",
   "data": {
    "address": "91 Blank Row\r\nLondon\r\nN1 9ZZ",
    "description": "COMING SOON",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "51.5430",
    "map_lng": "-0.1020",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "Wednesday"
   ],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990292",
   "name": "The Later Gate - COMING SOON",
   "display_order": "999999",
   "data": {
    "address": "92 Blank Row\r\nLondon\r\nN1 9ZZ",
    "description": "Wednesdays, 7pm",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "51.5430",
    "map_lng": "-0.1020",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "Wednesday"
   ],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990203",
   "name": "Day Only",
   "display_order": "999999",
   "data": {
    "address": "3 Blank Row\r\nLondon\r\nN1 9ZZ",
    "description": "Wednesdays",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "51.5430",
    "map_lng": "-0.1020",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "Wednesday"
   ],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990204",
   "name": "Clock Only",
   "display_order": "999999",
   "data": {
    "address": "4 Blank Row\r\nLondon\r\nN1 9ZZ",
    "description": "7.30pm",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "51.5430",
    "map_lng": "-0.1020",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "Friday"
   ],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990205",
   "name": "Another Day",
   "display_order": "999999",
   "data": {
    "address": "5 Blank Row\r\nLondon\r\nN1 9ZZ",
    "description": "Thursdays, 7pm",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "51.5430",
    "map_lng": "-0.1020",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "Tuesday"
   ],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990206",
   "name": "Midnight",
   "display_order": "999999",
   "data": {
    "address": "6 Blank Row\r\nLondon\r\nN1 9ZZ",
    "description": "Tuesdays, 00:00",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "51.5430",
    "map_lng": "-0.1020",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "Tuesday"
   ],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990207",
   "name": "Fortnight",
   "display_order": "999999",
   "data": {
    "address": "7 Blank Row\r\nLondon\r\nN1 9ZZ",
    "description": "Every other Monday, 8pm",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "51.5430",
    "map_lng": "-0.1020",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "Monday"
   ],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990208",
   "name": "Month",
   "display_order": "999999",
   "data": {
    "address": "8 Blank Row\r\nLondon\r\nN1 9ZZ",
    "description": "Last Thursday of the month, 7.30pm",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "51.5430",
    "map_lng": "-0.1020",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "Thursday"
   ],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990209",
   "name": "Own Price",
   "display_order": "999999",
   "data": {
    "address": "9 Blank Row\r\nLondon\r\nN1 9ZZ",
    "description": "Mondays, 7pm. £3 entry",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "51.5430",
    "map_lng": "-0.1020",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "Monday"
   ],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990210",
   "name": "Free House",
   "display_order": "999999",
   "data": {
    "address": "10 Blank Row\r\nLondon\r\nN1 9ZZ",
    "description": "Mondays, 7pm, free entry",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "51.5430",
    "map_lng": "-0.1020",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "Monday"
   ],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990211",
   "name": "Prize Only",
   "display_order": "999999",
   "data": {
    "address": "11 Blank Row\r\nLondon\r\nN1 9ZZ",
    "description": "Mondays, 7pm. Win a £50 bar tab",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "51.5430",
    "map_lng": "-0.1020",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "Monday"
   ],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990212",
   "name": "Bare Hour",
   "display_order": "999999",
   "data": {
    "address": "12 Blank Row\r\nLondon\r\nN1 9ZZ",
    "description": "Tuesdays, 8",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "51.5430",
    "map_lng": "-0.1020",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "Tuesday"
   ],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  },
  {
   "storeid": "990213",
   "name": "Full Clock",
   "display_order": "999999",
   "data": {
    "address": "13 Blank Row\r\nLondon\r\nN1 9ZZ",
    "description": "Tuesdays, 19.30",
    "website": "",
    "website_text": "Book your table",
    "phone": "",
    "email": "",
    "priority_setting": "Random",
    "map_lat": "51.5430",
    "map_lng": "-0.1020",
    "markerid": "default"
   },
   "custom_data": false,
   "filters": [
    "Tuesday"
   ],
   "google_placeid": "",
   "update_code": "",
   "update_storeid": "0",
   "timezone": "Europe/London",
   "country": "GB",
   "filters_bitwise": 1
  }
 ],
 "settings": {},
 "markers": {},
 "filters": {},
 "branding": {},
 "display_order_set": false
});
