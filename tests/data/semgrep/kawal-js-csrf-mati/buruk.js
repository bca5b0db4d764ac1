app.use(csurf({ ignoreMethods: ["GET", "POST"] })); // TEMUAN
app.use(lusca({ csrf: false, xframe: "DENY" })); // TEMUAN
