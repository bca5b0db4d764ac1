app.use(csurf({ cookie: true }));
app.use(lusca({ csrf: true, xframe: "DENY" }));
