module hevlayer.com/client

go 1.22
